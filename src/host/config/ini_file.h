/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads an INI file line by line. No other file uses inih.
 *
 * inih truncates what exceeds its buffers, merges sections of the same name, accepts ':' for '=' (so that a
 * PCI address would be split into key and value), and takes an indented line as a continuation of the value
 * above. Which of this it does depends on its build options (ini.h, INI_* macros). Each line is therefore
 * checked before inih receives it, and inih receives only lines that every build of it reads in the same way.
 *
 * A line is "[SECTION]", "KEY = VALUE", or empty. A comment begins with ';' or '#' at the start of a line or
 * after a blank. Indentation, CRLF and a UTF-8 byte order mark are accepted.
 */
#ifndef PCITAG_HOST_CONFIG_INI_FILE_H
#define PCITAG_HOST_CONFIG_INI_FILE_H

#include <stddef.h>

#include "base/error.h"

/* Enough for more than a thousand sections; a larger file is not a configuration file. */
#define INI_FILE_LIMIT ((size_t)1 << 20)

/* Fits the smallest usual build of inih: INI_MAX_LINE, 200, minus line end and NUL. Comments do not count. */
#define INI_LINE_MAX 197

/* Callbacks. Each returns 0, or -1 with *err set to stop. The reader adds "FILE:LINE: " for key() alone. */
struct ini_sink {
	/* A "[name]" line; @name is the unchecked text between the brackets. */
	int (*section)(void *user, const char *name, unsigned line, struct error *err);
	/* A "key = value" line of the last section. Blanks around both are removed; @value may be empty. */
	int (*key)(void *user, const char *key, const char *value, struct error *err);
	void *user;
};

/*
 * Reads a file and passes its contents to @sink, in order.
 * @dirfd, @name: the file; symbolic links are followed and must lead to a regular file
 * @path:         its name for messages
 * Returns 0; 1 when there is no such file (a dangling link is an error); or -1 with "path:line: what is
 * wrong; what to write" for the first invalid line. @sink may have received the lines before it.
 */
int ini_file_read(int dirfd, const char *name, const char *path, const struct ini_sink *sink,
		  struct error *err);

/* Reads text from memory, which need not be terminated; see ini_file_read(). */
int ini_text_read(const char *text, size_t len, const char *path, const struct ini_sink *sink,
		  struct error *err);

#endif
