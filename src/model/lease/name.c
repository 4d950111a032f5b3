/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/name.h"

#include <ctype.h>
#include <string.h>
#include <sys/param.h>

/* isalnum() depends on the locale; these names become file names and XML text. */
static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-';
}

bool name_valid_n(const char *text, size_t len)
{
	if (len == 0 || len >= NAME_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!name_char(text[i]))
			return false;
	}
	return true;
}

bool name_valid(const char *text)
{
	return name_valid_n(text, strlen(text));
}

void name_make(const char *text, char *out, size_t size)
{
	size_t len = 0;

	for (; *text && len < size - 1; text++) {
		char c = name_char(*text) ? *text : '-';

		if (c != '-' || (len && out[len - 1] != '-'))
			out[len++] = c;
	}
	while (len && out[len - 1] == '-')
		len--;
	out[len] = '\0';
}

/* As libvirt writes UUIDs; a start reads that of every lease (virUUIDFormat(): lower case). */
static bool is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool uuid_valid(const char *text)
{
	static const char form[UUID_LEN] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i = 0;

	for (; form[i] && (form[i] == '-' ? text[i] == '-' : is_hex_digit(text[i])); i++)
		;
	return !form[i] && !text[i];
}

static int parse_index(const char *text)
{
	int value = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 3 || (text[0] == '0' && len > 1))
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (*text - '0');
	}
	return value;
}

int request_parse(const char *text, char name[static NAME_LEN], int *index)
{
	const char *dot = strchr(text, '.');
	size_t len = dot ? (size_t)(dot - text) : strlen(text);
	int value = -1;

	if (!name_valid_n(text, len))
		return 1;
	if (dot) {
		value = parse_index(dot + 1);
		if (value < 0)
			return 1;
	}
	memcpy(name, text, len);
	name[len] = '\0';
	*index = value;
	return 0;
}

unsigned name_distance(const char *a, const char *b)
{
	unsigned row[NAME_DISTANCE_MAX], diagonal, above;
	size_t len = strlen(b);

	if (len >= NAME_DISTANCE_MAX || strnlen(a, NAME_DISTANCE_MAX) == NAME_DISTANCE_MAX)
		return NAME_DISTANCE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < len; j++) {
			above = row[j + 1];
			row[j + 1] = MIN(MIN(above, row[j]) + 1,
					 diagonal + (tolower((unsigned char)a[i]) != b[j]));
			diagonal = above;
		}
	}
	return row[len];
}
