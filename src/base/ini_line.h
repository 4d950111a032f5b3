/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The line syntax of INI text, for its readers and editors. A comment begins with ';' or '#' at the start of
 * a line or after a blank. Blanks around the rest are ignored. A line ends with LF or CRLF.
 */
#ifndef PCITAG_BASE_INI_LINE_H
#define PCITAG_BASE_INI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* A part of the text; not NUL-terminated. */
struct span {
	const char *at;
	size_t len;
};

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Moves the start of @text past a byte order mark, if it begins with one. */
static inline struct span skip_byte_order_mark(struct span text)
{
	const size_t mark = strlen(BYTE_ORDER_MARK);

	if (text.len >= mark && memcmp(text.at, BYTE_ORDER_MARK, mark) == 0)
		return (struct span){ text.at + mark, text.len - mark };
	return text;
}

/* Removes the next line from @text, which must not be empty. Returns the line without its end. */
static inline struct span take_line(struct span *text)
{
	struct span line = *text;
	const char *end = memchr(text->at, '\n', text->len);
	size_t used = text->len;

	if (end) {
		line.len = (size_t)(end - text->at);
		used = line.len + 1;
	}
	text->at += used;
	text->len -= used;
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static inline struct span strip_comment(struct span line)
{
	for (size_t i = 0; i < line.len; i++) {
		if ((line.at[i] == ';' || line.at[i] == '#') && (i == 0 || is_blank(line.at[i - 1]))) {
			line.len = i;
			break;
		}
	}
	return line;
}

static inline struct span strip_blanks(struct span line)
{
	while (line.len && is_blank(line.at[0])) {
		line.at++;
		line.len--;
	}
	while (line.len && is_blank(line.at[line.len - 1]))
		line.len--;
	return line;
}

#endif
