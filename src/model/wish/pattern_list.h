/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of words that a key of the registry has: patterns, addresses, units, names. Pure. */
#ifndef PCITAG_MODEL_WISH_PATTERN_LIST_H
#define PCITAG_MODEL_WISH_PATTERN_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct pattern_list {
	char **items; /* owned */
	size_t count;
};

/* Frees the words of a list that has some. */
void pattern_list_free(struct pattern_list *list);

/* Most lists are empty. */
static inline void pattern_list_clear(struct pattern_list *list)
{
	if (list->items)
		pattern_list_free(list);
}

/* True when both have the same words in the same order. */
bool pattern_list_equal(const struct pattern_list *a, const struct pattern_list *b);

/*
 * Splits @value at commas and blanks, and appends the words to @list, which the caller clears also after a
 * failure.
 * @key: for the message
 * @max: the most words that the list may have
 * @what: what they are called, and what to write instead of too many
 * Fails when there are none, when there are too many, or when out of memory.
 */
int pattern_list_split(const char *key, const char *value, size_t max, const char *what,
		       struct pattern_list *list, struct error *err);

#endif
