/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/fileio.h"

/* proc(5): state is the first field behind the command's name, start time the twentieth. */
#define FIELDS_BEFORE_START 19

/* What stands behind the name in /proc/PID/stat: " S 1 812 ...". The name may hold blanks and parentheses. */
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

static int start_time(const char *fields, uint64_t *out, struct error *err)
{
	char *end;

	for (int i = 0; fields && i < FIELDS_BEFORE_START; i++)
		fields = strchr(fields + 1, ' ');
	if (!fields)
		return error_set(err, 0, "a process has no start time");
	*out = strtoull(fields + 1, &end, 10);
	return 0;
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

	if (read_stat(pid, &text, &fields, err) < 0 || start_time(fields, &start, err) < 0)
		return -1;
	*out = (struct process_id){ pid, start };
	return 0;
}

bool process_is_alive(const struct process_id *process)
{
	CLEANUP_FREE char *text = NULL;
	struct error cause = { 0 };
	const char *fields;
	uint64_t start;

	if (process->pid <= 0)
		return false;
	if (read_stat(process->pid, &text, &fields, &cause) < 0)
		return !process_means_ended(cause.code);
	if (start_time(fields, &start, NULL) < 0)
		return true;
	return start == process->start_time && fields[0] == ' ' && fields[1] != 'Z' && fields[1] != 'X';
}

/* The first characters of a file, which must be there. */
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
