/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines and words of text such as the tables in /proc. A word ends at a blank, a tab or the line's end. */
#ifndef PCITAG_BASE_WORDS_H
#define PCITAG_BASE_WORDS_H

#include <stdbool.h>

/* The beginning of the next line, or the end of the text. */
const char *next_line(const char *text);

/* The n-th word of a line, the first is 0; the line's end when there are not so many. */
const char *word_at(const char *line, int n);

/* Is the word that @text begins with @word? */
bool word_is(const char *text, const char *word);

#endif
