/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/fileio.h"

/* proc(5): state is the first field behind the command's name, start time the twentieth. */
#define FIELDS_BEFORE_START 19

int process_identify(pid_t pid, struct process_id *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	char path[64], *field, *end;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (read_file_at(AT_FDCWD, path, 4096, &text, &len, err) < 0)
		return -1;
	/* The name may hold blanks and parentheses: the last one closes it. */
	field = strrchr(text, ')');
	for (int i = 0; field && i <= FIELDS_BEFORE_START; i++)
		field = strchr(field + 1, ' ');
	if (!field)
		return error_set(err, 0, "%s has no start time", path);
	*out = (struct process_id){ pid, strtoull(field + 1, &end, 10) };
	return 0;
}

int process_boot_id(char out[static BOOT_ID_LEN], struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;

	if (read_file_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &text, &len, err) < 0)
		return -1;
	if (len < BOOT_ID_LEN - 1)
		return error_set(err, 0, "the kernel's boot id is too short: %s", text);
	memcpy(out, text, BOOT_ID_LEN - 1);
	out[BOOT_ID_LEN - 1] = '\0';
	return 0;
}
