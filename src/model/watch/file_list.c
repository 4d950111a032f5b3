/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/watch/file_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

int file_list_add(struct file_list *list, const struct file_entry *entry, struct error *err)
{
	return ARRAY_APPEND(list->entries, list->count, *entry)
		       ? 0
		       : error_set(err, ENOMEM, "cannot list %zu files", list->count);
}

static int compare_names(const void *a, const void *b)
{
	const struct file_entry *left = a, *right = b;

	return strcmp(left->name, right->name);
}

void file_list_sort(struct file_list *list)
{
	if (list->count)
		qsort(list->entries, list->count, sizeof(*list->entries), compare_names);
}

void file_list_clear(struct file_list *list)
{
	free(list->entries);
	*list = (struct file_list){ 0 };
}

static bool is_same(const struct file_entry *a, const struct file_entry *b)
{
	return a->inode == b->inode && a->modified_ns == b->modified_ns && a->size == b->size;
}

void file_list_compare(const struct file_list *before, const struct file_list *after, file_change_fn *report,
		       void *context)
{
	size_t old = 0, new = 0;

	while (old < before->count || new < after->count) {
		int order = old == before->count ? 1
			    : new == after->count
				    ? -1
				    : strcmp(before->entries[old].name, after->entries[new].name);

		if (order < 0)
			report(FILE_REMOVED, before->entries[old].name, context);
		else if (order > 0)
			report(FILE_MADE, after->entries[new].name, context);
		else if (!is_same(&before->entries[old], &after->entries[new]))
			report(FILE_CHANGED, after->entries[new].name, context);
		old += order <= 0;
		new += order >= 0;
	}
}

const char *file_change_name(enum file_change change)
{
	static const char *const names[] = {
		[FILE_MADE] = "made", [FILE_CHANGED] = "changed", [FILE_REMOVED] = "removed"
	};

	return names[change];
}
