/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"

#include <string.h>

#define BLANKS " \t"

const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : text + strlen(text);
}

const char *word_at(const char *line, int n)
{
	line += strspn(line, BLANKS);
	while (n-- > 0) {
		line += strcspn(line, BLANKS "\n");
		line += strspn(line, BLANKS);
	}
	return line;
}

bool word_is(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && strcspn(text + len, BLANKS "\n") == 0;
}
