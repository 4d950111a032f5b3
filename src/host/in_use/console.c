/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/console.h"

#include "base/fileio.h"
#include "base/text.h"

#define TABLE_MAX (64 << 10)

int console_use(const char *proc, const char *tty, char use[static HOST_USE_LEN], struct error *err)
{
	CLEANUP_FREE char *consoles = NULL;

	if (read_table(proc, "consoles", TABLE_MAX, &consoles, err) < 0)
		return -1;
	for (const char *line = consoles; line && *line; line = next_line(line)) {
		if (word_is(line, tty))
			return use_text(use, "serial port %s is a console of the kernel", tty);
	}
	return 0;
}
