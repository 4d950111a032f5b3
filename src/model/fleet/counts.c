/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fleet/counts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void fleet_counts_clear(struct fleet_counts *counts)
{
	free(counts->items);
	*counts = (struct fleet_counts){ 0 };
}

/* Returns where @name is, or belongs. */
static size_t find_place(const struct fleet_counts *counts, const char *name)
{
	size_t low = 0, high = counts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(counts->items[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct fleet_counts *counts, size_t place, const char *name)
{
	return place < counts->count && strcmp(counts->items[place].name, name) == 0;
}

/* Returns the entry of @name, which is made when it is missing; NULL when out of memory. */
static struct fleet_count *hold(struct fleet_counts *counts, const char *name, struct error *err)
{
	size_t place = find_place(counts, name);
	struct fleet_count *entry;

	if (is_at(counts, place, name))
		return &counts->items[place];
	if (!ARRAY_ADD(counts->items, counts->count)) {
		(void)error_set(err, ENOMEM, "cannot count %zu names", counts->count + 1);
		return NULL;
	}
	entry = &counts->items[place];
	memmove(entry + 1, entry, (counts->count - 1 - place) * sizeof(*entry));
	*entry = (struct fleet_count){ 0 };
	strcpy(entry->name, name);
	return entry;
}

int fleet_counts_add(struct fleet_counts *counts, const char *name, unsigned value, struct error *err)
{
	struct fleet_count *entry = hold(counts, name, err);

	if (!entry)
		return -1;
	entry->value += value;
	return 0;
}

int fleet_counts_raise(struct fleet_counts *counts, const char *name, unsigned value, struct error *err)
{
	struct fleet_count *entry = hold(counts, name, err);

	if (!entry)
		return -1;
	if (entry->value < value)
		entry->value = value;
	return 0;
}

unsigned fleet_counts_get(const struct fleet_counts *counts, const char *name)
{
	size_t place = find_place(counts, name);

	return is_at(counts, place, name) ? counts->items[place].value : 0;
}

#define BLANKS " \t\r\n"

/* Reads "pcitag-NAME=N" of @len bytes. Returns false for anything else. */
static bool parse_word(const char *word, size_t len, char name[static NAME_LEN], unsigned *value)
{
	const size_t prefix = sizeof(FLEET_PREFIX) - 1;
	const char *end = word + len, *digits = memchr(word, '=', len), *at = word + prefix;

	if (!digits || len < prefix || memcmp(word, FLEET_PREFIX, prefix) != 0 || digits < at ||
	    !name_valid_n(at, (size_t)(digits - at)))
		return false;
	memcpy(name, at, (size_t)(digits - at));
	name[digits - at] = '\0';
	*value = 0;
	for (at = digits + 1; at < end && *at >= '0' && *at <= '9' && *value <= FLEET_COUNT_MAX; at++)
		*value = *value * 10 + (unsigned)(*at - '0');
	return at == end && at > digits + 1 && *value <= FLEET_COUNT_MAX;
}

int fleet_counts_parse(const char *text, struct fleet_counts *out, struct error *err)
{
	char name[NAME_LEN];
	unsigned value;

	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
		const char *word = text;
		size_t len = strcspn(word, BLANKS);

		text += len;
		if (!memchr(word, '=', len))
			continue;
		if (!parse_word(word, len, name, &value))
			return error_set(err, 0, "%.*s is not " FLEET_PREFIX "NAME=NUMBER",
					 (int)(len < 80 ? len : 80), word);
		if (is_at(out, find_place(out, name), name))
			return error_set(err, 0, FLEET_PREFIX "%s is there twice", name);
		if (fleet_counts_add(out, name, value, err) < 0)
			return -1;
	}
	return 0;
}
