/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An INI file, line by line: the only place that knows inih.
 *
 * inih by itself cuts what is too long for its buffers and goes on, merges sections of the same
 * name, takes ':' for '=' (so that a PCI address would split into key and value) and an indented
 * line for more of the value above. Which of this it does depends on how the distribution built
 * it (ini.h, INI_* macros). So each line is judged here first, and inih only ever sees lines that
 * every build of it reads in the same way.
 *
 * A line is "[SECTION]", "KEY = VALUE", or empty. A comment begins with ';' or '#' at the start of
 * a line or behind a blank. Indentation, CRLF and a UTF-8 byte order mark are tolerated.
 */
#ifndef PCITAG_HOST_INI_FILE_H
#define PCITAG_HOST_INI_FILE_H

#include <stddef.h>

#include "base/error.h"

/* More than a thousand sections; a file beyond it is something else. */
#define INI_FILE_LIMIT ((size_t)1 << 20)

/* What fits the smallest usual build of inih: INI_MAX_LINE, 200, less line end and NUL. Comments are free. */
#define INI_LINE_MAX 197

/* Who is told; each function returns 0, or -1 with *err set, "FILE:LINE: " included, to stop. */
struct ini_sink {
	/* A "[name]" line; @name is what stands between the brackets, not checked. */
	int (*section)(void *user, const char *name, unsigned line, struct error *err);
	/* A "key = value" line of the last section; blanks around both stripped, @value may be empty. */
	int (*key)(void *user, const char *key, const char *value, unsigned line, struct error *err);
	void *user;
};

/*
 * Reads a file and tells @sink what is in it, in order.
 * @dirfd, @name: what to open; a symlink is followed, the end must be a regular file
 * @path:         its name for messages
 * Returns 1 when there is no such file (a link to nothing is a failure). Fails with "path:line: what is
 * wrong; what to write" on the first bad line; @sink may have been told the lines before it.
 */
int ini_file_read(int dirfd, const char *name, const char *path, const struct ini_sink *sink,
		  struct error *err);

/*
 * The same for text that is in memory.
 * @text, @len: need not be terminated
 */
int ini_text_read(const char *text, size_t len, const char *path, const struct ini_sink *sink,
		  struct error *err);

#endif
