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

/* @name: of an entry of /proc; what is no process, or has just ended, runs nothing */
static int look_at(const char *name, struct emulator_list *list, struct error *err)
{
	CLEANUP_FREE char *arguments = NULL;
	struct error cause = { 0 };
	const char *uuid;
	char path[64], *end;
	long pid = strtol(name, &end, 10);
	size_t len;

	if (pid <= 0 || *end)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
	if (read_file_at(AT_FDCWD, path, COMMAND_LINE_MAX, &arguments, &len, &cause) < 0) {
		if (process_means_ended(cause.code))
			return 0;
		if (err)
			*err = cause;
		return -1;
	}
	uuid = domain_of(arguments, len);
	return uuid ? add(list, uuid, (pid_t)pid, err) : 0;
}

int emulators_list(struct emulator_list *out, struct error *err)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int rc;

	*out = (struct emulator_list){ 0 };
	if (!proc)
		return error_set(err, errno, "cannot open /proc");
	do {
		rc = directory_next(proc, &entry, err);
		if (rc == 0 && entry)
			rc = look_at(entry->d_name, out, err);
	} while (rc == 0 && entry);
	(void)closedir(proc);
	if (rc < 0) {
		free(out->items);
		*out = (struct emulator_list){ 0 };
	}
	return rc;
}

pid_t emulators_find(const struct emulator_list *list, const char *uuid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].uuid, uuid) == 0)
			return list->items[i].pid;
	}
	return 0;
}
