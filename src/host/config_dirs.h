/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories of small configuration files in /etc, /run and /usr/lib, as modules-load.d(5) and modprobe.d(5)
 * describe them: of two files with one name only that in the earlier directory counts.
 */
#ifndef PCITAG_HOST_CONFIG_DIRS_H
#define PCITAG_HOST_CONFIG_DIRS_H

#include <stddef.h>

#include "base/error.h"

/* A line of a file, ended by a newline or the end of the text. Returns 0 to go on, anything else to stop. */
typedef int config_line_fn(const char *path, unsigned number, const char *line, void *context);

/*
 * Tells @tell every line, without comments and empty ones, of what ends in ".conf".
 * @dirs, @count: such as "/etc" and "/usr/lib", the one that counts most first
 * @name: such as "modprobe.d"
 * Returns 0, what @tell returned when that was not 0, or -1 when something that is there cannot be read.
 */
int config_dirs_read(const char *const *dirs, size_t count, const char *name, config_line_fn *tell,
		     void *context, struct error *err);

#endif
