/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/wish/number_set.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define WORDS (NUMBER_SET_MAX / 64)

void number_set_add(struct number_set *set, size_t number)
{
	if (number < NUMBER_SET_MAX)
		set->words[number / 64] |= UINT64_C(1) << number % 64;
}

bool number_set_has(const struct number_set *set, size_t number)
{
	return number < NUMBER_SET_MAX && set->words[number / 64] >> number % 64 & 1;
}

bool number_set_is_empty(const struct number_set *set)
{
	return number_set_count(set) == 0;
}

size_t number_set_count(const struct number_set *set)
{
	size_t count = 0;

	for (size_t i = 0; i < WORDS; i++)
		count += (size_t)__builtin_popcountll(set->words[i]);
	return count;
}

void number_set_unite(struct number_set *set, const struct number_set *more)
{
	for (size_t i = 0; i < WORDS; i++)
		set->words[i] |= more->words[i];
}

void number_set_intersect(struct number_set *set, const struct number_set *other)
{
	for (size_t i = 0; i < WORDS; i++)
		set->words[i] &= other->words[i];
}

bool number_set_intersects(const struct number_set *a, const struct number_set *b)
{
	struct number_set both = *a;

	number_set_intersect(&both, b);
	return !number_set_is_empty(&both);
}

/* Reads a decimal number less than @limit at *at, and moves past it. */
static bool take_number(const char **at, size_t limit, size_t *out)
{
	const char *c = *at;
	size_t number = 0;

	while (*c >= '0' && *c <= '9') {
		number = number * 10 + (size_t)(*c++ - '0');
		if (number >= limit)
			return false;
	}
	if (c == *at)
		return false;
	*at = c;
	*out = number;
	return true;
}

/* Reads "3", "0-3" or "^3". */
static bool take_part(const char **at, size_t limit, struct number_set *set)
{
	bool is_removed = **at == '^';
	size_t first, last;

	*at += is_removed;
	if (!take_number(at, limit, &first))
		return false;
	last = first;
	if (**at == '-') {
		(*at)++;
		if (is_removed || !take_number(at, limit, &last) || last < first)
			return false;
	}
	for (size_t i = first; i <= last; i++) {
		if (is_removed)
			set->words[i / 64] &= ~(UINT64_C(1) << i % 64);
		else
			number_set_add(set, i);
	}
	return true;
}

int number_set_parse(const char *text, size_t limit, struct number_set *out)
{
	struct number_set set = { { 0 } };
	const char *at = text + strspn(text, " \n\t");

	for (;;) {
		if (!take_part(&at, limit, &set))
			return 1;
		at += strspn(at, " \n\t");
		if (*at == '\0')
			break;
		if (*at++ != ',')
			return 1;
		at += strspn(at, " \n\t");
	}
	if (number_set_is_empty(&set))
		return 1;
	*out = set;
	return 0;
}

/* Room for ",8190-8191..." behind what there is. */
#define PART_LEN 16

char *number_set_format(const struct number_set *set, char buf[static NUMBER_SET_LEN])
{
	buf[0] = '\0';
	for (size_t i = 0; i < NUMBER_SET_MAX; i++) {
		size_t last = i;

		if (!number_set_has(set, i))
			continue;
		while (number_set_has(set, last + 1))
			last++;
		if (strlen(buf) > NUMBER_SET_LEN - PART_LEN) {
			text_append(buf, NUMBER_SET_LEN, "...");
			return buf;
		}
		text_append(buf, NUMBER_SET_LEN, "%s%zu", buf[0] ? "," : "", i);
		if (last > i)
			text_append(buf, NUMBER_SET_LEN, "-%zu", last);
		i = last;
	}
	return buf;
}
