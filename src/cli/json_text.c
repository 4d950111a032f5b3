/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/json_text.h"

#include <stdio.h>

/* Of RFC 8259, section 7, the escapes that must be. */
static void put_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* The version stands in front, so that a comma goes in front of every other. */
static void put_key(const char *key)
{
	printf(",\n  ");
	put_text(key);
	putchar(':');
}

void json_text_start(void)
{
	printf("{\n  \"version\":1");
}

void json_text_end(void)
{
	printf("\n}\n");
}

void json_text_string(const char *key, const char *value)
{
	put_key(key);
	if (value[0])
		put_text(value);
	else
		printf("null");
}

void json_text_bool(const char *key, bool value)
{
	put_key(key);
	printf("%s", value ? "true" : "false");
}

void json_text_array_start(const char *key)
{
	put_key(key);
	putchar('[');
}

void json_text_array_string(const char *value, bool is_first)
{
	printf("%s\n    ", is_first ? "" : ",");
	put_text(value);
}

void json_text_array_end(void)
{
	printf("\n  ]");
}
