/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/wish/pattern_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define SEPARATORS ", \t"

void pattern_list_free(struct pattern_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct pattern_list){ 0 };
}

bool pattern_list_equal(const struct pattern_list *a, const struct pattern_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	}
	return true;
}

int pattern_list_split(const char *key, const char *value, size_t max, const char *what,
		       struct pattern_list *list, struct error *err)
{
	for (const char *c = value + strspn(value, SEPARATORS); *c; c += strspn(c, SEPARATORS)) {
		size_t len = strcspn(c, SEPARATORS);
		char *item;

		if (list->count == max)
			return error_set(err, 0, "%s has more than %zu %s", key, max, what);
		item = strndup(c, len);
		if (!item || !ARRAY_APPEND(list->items, list->count, item)) {
			free(item);
			return error_set(err, ENOMEM, "cannot hold %zu words of %s", list->count + 1, key);
		}
		c += len;
	}
	if (list->count == 0)
		return error_set(err, 0, "%s = %.100s holds nothing; write a value or delete the line", key,
				 value);
	return 0;
}
