/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads directories of small configuration files in /etc, /run and /usr/lib, as modules-load.d(5) and
 * modprobe.d(5) describe them: of two files with the same name, only the one in the earlier directory counts.
 */
#ifndef PCITAG_HOST_CONFIG_CONFIG_DIRS_H
#define PCITAG_HOST_CONFIG_CONFIG_DIRS_H

#include <stddef.h>

#include "base/error.h"

/* Called for each line, which ends with a newline or the text does. A value other than 0 stops. */
typedef int config_line_fn(const char *path, unsigned number, const char *line, void *context);

/*
 * Calls @tell for every line of the files whose names end in ".conf", without comments and empty lines.
 * @dirs, @count: such as "/etc" and "/usr/lib", in order of precedence
 * @name: such as "modprobe.d"
 * Returns 0, the value of @tell when that was not 0, or -1 when an existing file or directory cannot be read.
 */
int config_dirs_read(const char *const *dirs, size_t count, const char *name, config_line_fn *tell,
		     void *context, struct error *err);

#endif
