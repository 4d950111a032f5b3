/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/emulators.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/directory.h"
#include "base/fileio.h"
#include "host/process.h"

/* execve(2): the kernel lets a command line have no more than 6 MiB (fs/exec.c, bprm_stack_limits). */
#define COMMAND_LINE_MAX ((size_t)8 << 20)

/* Arguments are separated by NULs, and read_file_at() adds one behind the last. NULL for no emulator. */
static const char *domain_of(const char *arguments, size_t len)
{
	for (const char *arg = arguments; arg < arguments + len; arg += strlen(arg) + 1) {
		const char *value = arg + strlen(arg) + 1;

		if (strcmp(arg, "-uuid") == 0 && value < arguments + len && uuid_valid(value))
			return value;
	}
	return NULL;
}

static int add(struct emulator_list *list, const char *uuid, pid_t pid, struct error *err)
{
	struct emulator *grown = reallocarray(list->items, list->count + 1, sizeof(*grown));

	if (!grown)
		return error_set(err, ENOMEM, "cannot list %zu emulators", list->count + 1);
	list->items = grown;
	grown[list->count] = (struct emulator){ .pid = pid };
	strcpy(grown[list->count++].uuid, uuid);
	return 0;
}

#define PROCESS_ENDED 1

/* Returns 0, PROCESS_ENDED or -1. */
static int read_arguments(pid_t pid, char **out, size_t *len, struct error *err)
{
	struct error cause = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if (read_file_at(AT_FDCWD, path, COMMAND_LINE_MAX, out, len, &cause) == 0)
		return 0;
	if (process_means_ended(cause.code))
		return PROCESS_ENDED;
	if (err)
		*err = cause;
	return -1;
}

typedef int process_fn(pid_t pid, const char *arguments, size_t len, void *data, struct error *err);

/* @name: of an entry of /proc; what is no process, or has just ended, runs nothing */
static int look_at(const char *name, process_fn *look, void *data, struct error *err)
{
	CLEANUP_FREE char *arguments = NULL;
	char *end;
	long pid = strtol(name, &end, 10);
	size_t len;
	int rc;

	if (pid <= 0 || *end)
		return 0;
	rc = read_arguments((pid_t)pid, &arguments, &len, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return look((pid_t)pid, arguments, len, data, err);
}

static int each_process(process_fn *look, void *data, struct error *err)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int rc;

	if (!proc)
		return error_set(err, errno, "cannot open /proc");
	do {
		rc = directory_next(proc, &entry, err);
		if (rc == 0 && entry)
			rc = look_at(entry->d_name, look, data, err);
	} while (rc == 0 && entry);
	(void)closedir(proc);
	return rc;
}

static int note_emulator(pid_t pid, const char *arguments, size_t len, void *data, struct error *err)
{
	const char *uuid = domain_of(arguments, len);

	return uuid ? add(data, uuid, pid, err) : 0;
}

int emulators_list(struct emulator_list *out, struct error *err)
{
	int rc;

	*out = (struct emulator_list){ 0 };
	rc = each_process(note_emulator, out, err);
	if (rc < 0) {
		free(out->items);
		*out = (struct emulator_list){ 0 };
	}
	return rc;
}

struct fork_search {
	const struct process_id *daemon;
	const char *arguments; /* the daemon's */
	size_t len;
	pid_t found;
};

static int note_fork(pid_t pid, const char *arguments, size_t len, void *data, struct error *err)
{
	struct fork_search *search = data;
	struct process_id process;

	(void)err; /* it has ended meanwhile */
	if (pid == search->daemon->pid || len != search->len ||
	    memcmp(arguments, search->arguments, len) != 0)
		return 0;
	if (process_identify(pid, &process, NULL) == 0 && process.start_time >= search->daemon->start_time)
		search->found = pid;
	return 0;
}

int emulators_find_fork(const struct process_id *daemon, pid_t *out, struct error *err)
{
	CLEANUP_FREE char *arguments = NULL;
	struct fork_search search = { .daemon = daemon };
	int rc = read_arguments(daemon->pid, &arguments, &search.len, err);

	*out = 0;
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	search.arguments = arguments;
	/* A zombie has none, and neither has a kernel thread. */
	if (search.len && each_process(note_fork, &search, err) < 0)
		return -1;
	*out = search.found;
	return 0;
}

pid_t emulators_find(const struct emulator_list *list, const char *uuid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].uuid, uuid) == 0)
			return list->items[i].pid;
	}
	return 0;
}
