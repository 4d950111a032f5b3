/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines and words of text such as the tables in /proc. A word ends at a blank, a tab or the line's end. */
#ifndef PCITAG_BASE_TEXT_H
#define PCITAG_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Returns the beginning of the next line, or the end of the text. */
const char *next_line(const char *text);

/* Returns the n-th word of a line, counted from 0; the end of the line when there are fewer words. */
const char *word_at(const char *line, int n);

/* True when the first word of @text is @word. */
bool word_is(const char *text, const char *word);

/* Returns the index of @text in the table @names of an enum's @count words, or -1. */
static inline int find_name(const char *const *names, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], text) == 0)
			return (int)i;
	}
	return -1;
}

#endif
