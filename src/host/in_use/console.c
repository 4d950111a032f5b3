/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/console.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/fileio.h"
#include "base/text.h"

#define TABLE_MAX (64 << 10)

int console_use(const char *proc, const char *tty, char use[static HOST_USE_LEN], struct error *err)
{
	CLEANUP_FREE char *consoles = NULL;
	char path[PATH_MAX];
	struct error cause;

	snprintf(path, sizeof(path), "%s/consoles", proc);
	if (read_file_at(AT_FDCWD, path, TABLE_MAX, &consoles, NULL, &cause) < 0) {
		if (cause.code == ENOENT)
			return 0; /* a kernel without consoles */
		if (err)
			*err = cause;
		return -1;
	}
	for (const char *line = consoles; *line; line = next_line(line)) {
		if (word_is(line, tty))
			return use_text(use, "serial port %s is a console of the kernel", tty);
	}
	return 0;
}
