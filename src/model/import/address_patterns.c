/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/import/address_patterns.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Size of a field as text: "*", or all of its digits. */
enum { FIELDS = ADDRESS_FIELDS, FIELD_LEN = 5 };

/* The fields are domain, bus, slot and function. */
static const int field_digits[FIELDS] = { 4, 2, 2, 1 };
static const unsigned long field_max[FIELDS] = { 0xffff, 0xff, 0x1f, 7 };

/* Writes "*" or all digits of one field. Returns false when the text is not a valid number. */
static bool make_field(int field, const char *at, size_t len, char out[static FIELD_LEN])
{
	char digits[16];
	unsigned long value;

	while (len && *at == ' ') {
		at++;
		len--;
	}
	while (len && at[len - 1] == ' ')
		len--;
	if (len == 0 || (len == 1 && *at == '*')) {
		strcpy(out, "*");
		return true;
	}
	if (len >= sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, at);
	if (digits[strspn(digits, "0123456789abcdefABCDEF")])
		return false;
	value = strtoul(digits, NULL, 16);
	if (value > field_max[field])
		return false;
	snprintf(out, FIELD_LEN, "%0*lx", field_digits[field], value);
	return true;
}

static bool is_any(const char fields[static FIELDS][FIELD_LEN])
{
	for (int i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i], "*") != 0)
			return false;
	}
	return true;
}

/* Adds nothing for an address that matches any function. */
static void add_address(struct address_patterns *out, const char fields[static FIELDS][FIELD_LEN])
{
	if (is_any(fields))
		return;
	snprintf(out->address[out->count++], PCI_ADDR_LEN, "%.4s:%.2s:%.2s.%.1s", fields[0], fields[1],
		 fields[2], fields[3]);
}

bool address_patterns_from_glob(const char *text, struct address_patterns *out)
{
	char fields[FIELDS][FIELD_LEN] = { "*", "*", "*", "*" };
	size_t len = strcspn(text, ".");
	const char *end = text + len;

	if (*end && !make_field(3, end + 1, strlen(end + 1), fields[3]))
		return false;
	for (int field = 2; field >= 0; field--) {
		const char *start = end;

		while (start > text && start[-1] != ':')
			start--;
		if (!make_field(field, start, (size_t)(end - start), fields[field]))
			return false;
		if (start == text)
			end = NULL;
		if (!end)
			break;
		end = start - 1;
		if (field == 0)
			return false;
	}
	add_address(out, fields);
	return true;
}

/* Reads one position of a regular expression, a hex digit or [...] with ranges, and moves past it. */
static bool take_place(const char **at, char set[static 17])
{
	size_t len = 0;
	const char *c = *at;

	if (isxdigit((unsigned char)*c)) {
		set[0] = (char)tolower((unsigned char)*c);
		set[1] = '\0';
		*at = c + 1;
		return true;
	}
	if (*c++ != '[')
		return false;
	for (; *c && *c != ']'; c++) {
		char first[2] = { c[0], '\0' }, last[2] = { c[0], '\0' };
		unsigned long from, to;

		if (c[1] == '-') {
			last[0] = c[2];
			c += 2;
		}
		if (!isxdigit((unsigned char)first[0]) || !isxdigit((unsigned char)last[0]))
			return false;
		from = strtoul(first, NULL, 16);
		to = strtoul(last, NULL, 16);
		for (; from <= to; from++) {
			if (len == 16)
				return false;
			set[len++] = "0123456789abcdef"[from];
		}
	}
	set[len] = '\0';
	*at = c + 1;
	return *c == ']' && len > 0;
}

/* Lists the values of a field; returns 0 when SELECTOR_ADDRESSES_MAX of them cannot express it. */
static size_t expand(int field, const char *text, char values[static SELECTOR_ADDRESSES_MAX][FIELD_LEN])
{
	char sets[4][17];
	size_t count = 1;
	int places = 0;

	text += text[0] == '^';
	if (strcmp(text, ".*") == 0 || strcmp(text, "*") == 0 || strcmp(text, ".*$") == 0 || !*text) {
		strcpy(values[0], "*");
		return 1;
	}
	while (places < field_digits[field] && take_place(&text, sets[places]))
		count *= strlen(sets[places++]);
	if (places < field_digits[field] || (*text && strcmp(text, "$") != 0) ||
	    count > SELECTOR_ADDRESSES_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		size_t rest = i;

		for (int place = places - 1; place >= 0; place--) {
			values[i][place] = sets[place][rest % strlen(sets[place])];
			rest /= strlen(sets[place]);
		}
		values[i][places] = '\0';
		if (strtoul(values[i], NULL, 16) > field_max[field])
			return 0;
	}
	return count;
}

int address_patterns_from_expressions(const char *const text[static ADDRESS_FIELDS],
				      struct address_patterns *out)
{
	char values[FIELDS][SELECTOR_ADDRESSES_MAX][FIELD_LEN];
	size_t counts[FIELDS], all = 1;

	for (int i = 0; i < FIELDS; i++) {
		counts[i] = text[i] ? expand(i, text[i], values[i]) : 0;
		all *= counts[i];
		if (all == 0 || all > SELECTOR_ADDRESSES_MAX)
			return i;
	}
	for (size_t n = 0; n < all; n++) {
		char fields[FIELDS][FIELD_LEN];
		size_t rest = n;

		for (int i = FIELDS - 1; i >= 0; i--) {
			strcpy(fields[i], values[i][rest % counts[i]]);
			rest /= counts[i];
		}
		add_address(out, fields);
	}
	return -1;
}
