/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fileio.h"
#include "base/text.h"

/* Fields of /proc/PID/stat (proc(5)), counted from the third field, the one after the command's name. */
enum {
	STAT_PARENT = 4 - 3,
	STAT_THREADS = 20 - 3,
	STAT_START = 22 - 3,
	STAT_CODE = 26 - 3,
	STAT_STACK = 28 - 3,
	STAT_ARGUMENTS = 48 - 3,
	STAT_ENVIRONMENT = 50 - 3
};

/* The file contains lists of processors and memory nodes. */
#define STATUS_MAX 65536

/* The fields of /proc/PID/stat after the name, which may contain blanks and parentheses: " S 1 812 ...". */
static int read_stat(pid_t pid, char **text, const char **fields, struct error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (read_file_at(AT_FDCWD, path, 4096, text, NULL, err) < 0)
		return -1;
	*fields = strrchr(*text, ')');
	if (!*fields)
		return error_set(err, 0, "%s cannot be understood", path);
	(*fields)++;
	return 0;
}

static int read_field(const char *fields, int index, uint64_t *out, struct error *err)
{
	for (int i = 0; fields && i < index; i++)
		fields = strchr(fields + 1, ' ');
	if (!fields)
		return error_set(err, 0, "/proc/PID/stat has no field %d", index + 3);
	*out = strtoull(fields + 1, NULL, 10);
	return 0;
}

/* A process whose first thread has ended is also shown as a zombie while other threads of it run. */
static bool is_over(const char *fields)
{
	uint64_t threads;

	if (fields[0] != ' ' || (fields[1] != 'Z' && fields[1] != 'X'))
		return false;
	return read_field(fields, STAT_THREADS, &threads, NULL) == 0 && threads <= 1;
}

bool process_means_ended(int code)
{
	return code == ENOENT || code == ESRCH;
}

int process_identify(pid_t pid, struct process_id *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	const char *fields;
	uint64_t start;

	if (read_stat(pid, &text, &fields, err) < 0 || read_field(fields, STAT_START, &start, err) < 0)
		return -1;
	*out = (struct process_id){ pid, start };
	return 0;
}

/* @start: the start time of the process, NULL for whichever has this pid now */
static bool runs(pid_t pid, const uint64_t *start)
{
	CLEANUP_FREE char *text = NULL;
	struct error cause = { 0 };
	const char *fields;
	uint64_t found;

	if (pid <= 0)
		return false;
	if (read_stat(pid, &text, &fields, &cause) < 0)
		return !process_means_ended(cause.code);
	if (start && read_field(fields, STAT_START, &found, NULL) < 0)
		return true;
	return (!start || found == *start) && !is_over(fields);
}

bool process_is_alive(const struct process_id *process)
{
	return runs(process->pid, &process->start_time);
}

bool process_runs(pid_t pid)
{
	return runs(pid, NULL);
}

int process_parent(pid_t pid, pid_t *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	const char *fields;
	uint64_t parent;

	if (read_stat(pid, &text, &fields, err) < 0 || read_field(fields, STAT_PARENT, &parent, err) < 0)
		return -1;
	*out = (pid_t)parent;
	return 0;
}

int process_started(const struct process_id *process, int64_t *out_ms)
{
	int64_t ticks = sysconf(_SC_CLK_TCK);
	struct timespec now;

	if (ticks <= 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	*out_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - clock_boottime_ms() +
		  (int64_t)process->start_time * 1000 / ticks;
	return 0;
}

int process_user(pid_t pid, uid_t *out, struct error *err)
{
	static const char field[] = "\nUid:\t";
	CLEANUP_FREE char *text = NULL;
	char path[64], *value;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (read_file_at(AT_FDCWD, path, STATUS_MAX, &text, NULL, err) < 0)
		return -1;
	value = strstr(text, field);
	if (!value)
		return error_set(err, 0, "%s cannot be understood", path);
	*out = (uid_t)strtoul(value + strlen(field), NULL, 10);
	return 0;
}

int process_look_at_memory(pid_t pid, struct process_memory *out, struct error *err)
{
	static const int fields[] = { STAT_CODE, STAT_STACK, STAT_ARGUMENTS, STAT_ENVIRONMENT };
	CLEANUP_FREE char *text = NULL;
	const char *stat;

	if (read_stat(pid, &text, &stat, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (read_field(stat, fields[i], &out->addresses[i], err) < 0)
			return -1;
	}
	if (out->addresses[1] == 0)
		return error_set(err, 0, "the memory of process %d cannot be seen", (int)pid);
	return 0;
}

/* Reads the first characters of a file, which must exist. */
static int read_start(const char *path, char *out, size_t len, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t have;

	if (read_file_at(AT_FDCWD, path, 64, &text, &have, err) < 0)
		return -1;
	if (have < len)
		return error_set(err, 0, "%s is too short: %s", path, text);
	memcpy(out, text, len);
	out[len] = '\0';
	return 0;
}

int process_boot_id(char out[static BOOT_ID_LEN], struct error *err)
{
	return read_start("/proc/sys/kernel/random/boot_id", out, BOOT_ID_LEN - 1, err);
}

int process_random_uuid(char out[static UUID_LEN], struct error *err)
{
	return read_start("/proc/sys/kernel/random/uuid", out, UUID_LEN - 1, err);
}

/* ---- control groups ---------------------------------------------------------------------------------- */

/* One line for each hierarchy. Each line contains one path. */
#define CGROUPS_MAX (64 << 10)

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Finds "0::/PATH" of cgroup v2, or "N:name=systemd:/PATH" of v1, which takes precedence. */
static const char *find_path(const char *table)
{
	static const char unified[] = "0::", systemd[] = "name=systemd:";
	const char *found = NULL;

	for (const char *line = table; *line; line = next_line(line)) {
		const char *rest = strchr(line, ':');

		if (rest && starts_with(rest + 1, systemd))
			return rest + 1 + strlen(systemd);
		if (starts_with(line, unified))
			found = line + strlen(unified);
	}
	return found;
}

bool process_cgroup(const char *proc, pid_t pid, char out[static PROCESS_CGROUP_LEN])
{
	CLEANUP_FREE char *table = NULL;
	char path[PATH_MAX];
	const char *found;
	size_t len;

	out[0] = '\0';
	snprintf(path, sizeof(path), "%s/%d/cgroup", proc, (int)pid);
	if (read_file_at(AT_FDCWD, path, CGROUPS_MAX, &table, NULL, NULL) < 0)
		return false;
	found = find_path(table);
	len = found ? strcspn(found, "\n") : 0;
	if (len == 0 || len >= PROCESS_CGROUP_LEN)
		return false;
	memcpy(out, found, len);
	out[len] = '\0';
	return true;
}

bool process_is_guest(const char *proc, pid_t pid)
{
	char cgroup[PROCESS_CGROUP_LEN];

	return process_cgroup(proc, pid, cgroup) &&
	       (starts_with(cgroup, "/machine.slice/") || starts_with(cgroup, "/machine/"));
}

bool process_is_seat(const char *proc, pid_t pid)
{
	static const char *const units[] = {
		"/system.slice/systemd-logind.service",
		"/system.slice/display-manager.service",
		"/system.slice/gdm.service",
		"/system.slice/gdm3.service",
		"/system.slice/sddm.service",
		"/system.slice/lightdm.service",
	};
	char cgroup[PROCESS_CGROUP_LEN];

	if (!process_cgroup(proc, pid, cgroup))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(cgroup, units[i]) == 0)
			return true;
	}
	return starts_with(cgroup, "/user.slice/") && strstr(cgroup, "/session-");
}
