/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process/emulators.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/fileio.h"
#include "host/process/process.h"

#define STATUS_SUFFIX ".xml"
#define PID_SUFFIX ".pid"
#define PID_FILE_MAX 64

/* The daemon's own pid file, in the same directory (libvirt: src/qemu/qemu_driver.c, qemuStateInitialize). */
#define DAEMON_PID_FILE "driver.pid"

/* File systems also record times in ticks. */
#define NOTED_SLACK_MS 1000

static void clear_one(struct emulator *emulator)
{
	free(emulator->domain);
	free(emulator->text);
}

void emulators_clear(struct emulator_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		clear_one(&list->items[i]);
	free(list->items);
	*list = (struct emulator_list){ 0 };
}

/* ---- reading ----------------------------------------------------------------------------------------- */

/* Takes ownership of the text of @emulator. */
static int add(struct emulator_list *list, const char *domain, struct emulator *emulator, struct error *err)
{
	emulator->domain = strdup(domain);
	if (!emulator->domain || !ARRAY_APPEND(list->items, list->count, *emulator)) {
		clear_one(emulator);
		return error_set(err, ENOMEM, "cannot list %zu emulators", list->count + 1);
	}
	return 0;
}

static struct emulator *find_domain(const struct emulator_list *list, const char *domain)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].domain, domain) == 0)
			return &list->items[i];
	}
	return NULL;
}

#define IS_GONE 1

/* Returns 0, IS_GONE when the domain has ended, or -1. What cannot be parsed may be a running emulator. */
static int add_status(int dir, const char *domain, struct emulator_list *list, struct error *err)
{
	struct emulator emulator = { 0 };
	struct error cause = { 0 };
	char path[NAME_MAX + 1];
	size_t len;

	if (snprintf(path, sizeof(path), "%s" STATUS_SUFFIX, domain) >= (int)sizeof(path))
		return IS_GONE;
	if (read_file_at(dir, path, DOMAIN_STATUS_MAX, &emulator.text, &len, &cause) < 0 &&
	    cause.code == ENOENT)
		return IS_GONE;
	emulator.is_unknown =
		!emulator.text || domain_status_parse(emulator.text, len, &emulator.status, &cause) < 0;
	return add(list, domain, &emulator, err);
}

/* libvirt escapes these in pid file names (src/util/virpidfile.c, virPidFileBuildPath), not in a status's. */
static void unescape(char *name)
{
	static const struct {
		const char *escaped;
		char c;
	} escapes[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' }
	};
	char *to = name;

	for (const char *from = name; *from; to++) {
		size_t len = 0;

		for (size_t i = 0; i < ARRAY_SIZE(escapes) && !len; i++) {
			if (strncmp(from, escapes[i].escaped, strlen(escapes[i].escaped)) == 0) {
				len = strlen(escapes[i].escaped);
				*to = escapes[i].c;
			}
		}
		if (!len) {
			*to = *from;
			len = 1;
		}
		from += len;
	}
	*to = '\0';
}

/* A file that is being written does not have a number yet. */
static int add_pid_file(int dir, const char *name, const char *domain, struct emulator_list *list,
			struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct emulator emulator = { 0 };
	struct error cause = { 0 };
	struct stat st;

	if (read_file_at(dir, name, PID_FILE_MAX, &text, NULL, &cause) < 0 ||
	    fstatat(dir, name, &st, 0) < 0) {
		if (cause.code == ENOENT || (cause.code == 0 && errno == ENOENT))
			return 0;
		emulator.is_unknown = true;
	} else {
		char *end;
		long pid = strtol(text, &end, 10);

		emulator.is_unknown = pid <= 0 || pid > INT_MAX || (*end && *end != '\n');
		emulator.status.pid = (pid_t)pid;
		emulator.noted_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	}
	return add(list, domain, &emulator, err);
}

/* @domain: the name of the file without its suffix */
typedef int file_fn(int dir, const char *name, char *domain, struct emulator_list *list, struct error *err);

static int look_at_status(int dir, const char *name, char *domain, struct emulator_list *list,
			  struct error *err)
{
	(void)name;
	return add_status(dir, domain, list, err) < 0 ? -1 : 0;
}

/* For the time before the first status, and for a status that readdir missed as it was being replaced. */
static int look_at_pid_file(int dir, const char *name, char *domain, struct emulator_list *list,
			    struct error *err)
{
	int rc;

	unescape(domain);
	if (find_domain(list, domain) || strcmp(name, DAEMON_PID_FILE) == 0)
		return 0;
	rc = add_status(dir, domain, list, err);
	return rc == IS_GONE ? add_pid_file(dir, name, domain, list, err) : rc;
}

static int each_file(DIR *dir, const char *suffix, file_fn *look, struct emulator_list *list,
		     struct error *err)
{
	const struct dirent *entry;
	int rc = 0;

	rewinddir(dir);
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		size_t len = strlen(entry->d_name), tail = strlen(suffix);
		CLEANUP_FREE char *domain = NULL;

		if (entry->d_name[0] == '.' || len <= tail || strcmp(entry->d_name + len - tail, suffix) != 0)
			continue;
		domain = strndup(entry->d_name, len - tail);
		rc = domain ? look(dirfd(dir), entry->d_name, domain, list, err)
			    : error_set(err, ENOMEM, "cannot list emulators");
	}
	return rc;
}

int emulators_list(const char *libvirt_run, struct emulator_list *out, struct error *err)
{
	char path[PATH_MAX];
	CLEANUP_DIR DIR *dir = NULL;
	int rc;

	*out = (struct emulator_list){ 0 };
	snprintf(path, sizeof(path), "%s/qemu", libvirt_run);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot open %s", path);
	/* The pid file is written first: an emulator in neither pass started after this call. */
	rc = each_file(dir, STATUS_SUFFIX, look_at_status, out, err);
	if (rc == 0)
		rc = each_file(dir, PID_SUFFIX, look_at_pid_file, out, err);
	if (rc < 0)
		emulators_clear(out);
	return rc;
}

/* ---- running processes ------------------------------------------------------------------------------- */

/*
 * Returns whether the pid belongs to a process that is not this emulator: its user is neither root, as before
 * the emulator is executed, nor the emulator's.
 */
static bool is_anothers(const struct emulator *emulator)
{
	struct process_id process;
	int64_t started_ms;
	uid_t user;

	if (process_user(emulator->status.pid, &user, NULL) < 0 || user == 0)
		return false;
	if (emulator->status.uuid[0])
		return emulator->status.has_user && user != emulator->status.user;
	/* The process that wrote the pid file had started before that. */
	return process_identify(emulator->status.pid, &process, NULL) == 0 &&
	       process_started(&process, &started_ms) == 0 &&
	       started_ms > emulator->noted_ms + NOTED_SLACK_MS;
}

static int look(const struct emulator *emulator, pid_t *out, struct error *err)
{
	if (emulator->is_unknown)
		return error_set(err, 0, "libvirt's status of domain '%.256s' cannot be understood",
				 emulator->domain);
	if (process_runs(emulator->status.pid) && !is_anothers(emulator))
		*out = emulator->status.pid;
	return 0;
}

/* Without a UUID in the file, only the name can be compared. */
static bool may_be(const struct emulator *emulator, const char *uuid, const char *domain)
{
	if (emulator->status.uuid[0])
		return strcmp(emulator->status.uuid, uuid) == 0;
	return !domain || strcmp(emulator->domain, domain) == 0;
}

int emulators_find(const struct emulator_list *list, const char *uuid, const char *domain, pid_t *out,
		   struct error *err)
{
	*out = 0;
	for (size_t i = 0; i < list->count && !*out; i++) {
		if (may_be(&list->items[i], uuid, domain) && look(&list->items[i], out, err) < 0)
			return -1;
	}
	return 0;
}

static bool asks_for(const struct emulator *emulator, const struct request *request)
{
	char value[sizeof(PLACEHOLDER_DIR) + NAME_LEN + REQUEST_LEN + 2];

	snprintf(value, sizeof(value), "'" PLACEHOLDER_DIR "%s/%s'", request->owner, request->text);
	return strcmp(emulator->status.uuid, request->owner) == 0 || strstr(emulator->text, value);
}

int emulators_find_request(const struct emulator_list *list, const struct request *request, pid_t *out,
			   struct error *err)
{
	*out = 0;
	for (size_t i = 0; i < list->count && !*out; i++) {
		const struct emulator *emulator = &list->items[i];

		if ((!emulator->status.uuid[0] || asks_for(emulator, request)) &&
		    look(emulator, out, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- future emulators -------------------------------------------------------------------------------- */

/* @name: of an entry in /proc */
static bool is_fork(const char *name, const struct process_id *daemon, const struct process_memory *memory,
		    pid_t *out)
{
	struct process_memory own;
	pid_t pid = process_entry_pid(name);

	if (pid == 0 || pid == daemon->pid)
		return false;
	/* It has ended meanwhile, or its memory is not visible to other users. */
	if (process_look_at_memory(pid, &own, NULL) < 0 || memcmp(&own, memory, sizeof(own)) != 0)
		return false;
	*out = pid;
	return true;
}

int emulators_find_fork(const struct process_id *daemon, pid_t *out, struct error *err)
{
	struct process_memory memory;
	struct error cause = { 0 };
	const struct dirent *entry;
	CLEANUP_DIR DIR *proc = NULL;
	int rc;

	*out = 0;
	if (!process_is_alive(daemon))
		return 0;
	if (process_look_at_memory(daemon->pid, &memory, &cause) < 0)
		return process_means_ended(cause.code) ? 0 : error_pass(err, &cause);
	proc = opendir("/proc");
	if (!proc)
		return error_set(err, errno, "cannot open /proc");
	do {
		rc = directory_next(proc, &entry, err);
	} while (rc == 0 && entry && !is_fork(entry->d_name, daemon, &memory, out));
	return rc;
}
