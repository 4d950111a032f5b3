/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/json_text.h"

#include <stdio.h>

#include "base/error.h"

/*
 * Writes the escapes that RFC 8259, section 7, requires, and escapes characters that must not reach a
 * terminal.
 */
static void put_text(const char *text)
{
	uint32_t code;
	size_t len;

	putchar('"');
	for (; *text; text += len) {
		if (text_is_hidden(text, &len, &code))
			printf("\\u%04x", (unsigned)code);
		else if (code == '"' || code == '\\')
			printf("\\%c", (int)code);
		else
			fwrite(text, 1, len, stdout);
	}
	putchar('"');
}

/* The version is the first field, so every other one is preceded by a comma. */
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
