/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of a directory at one moment, and how they differ from those of a later one. */
#ifndef PCITAG_MODEL_WATCH_FILE_LIST_H
#define PCITAG_MODEL_WATCH_FILE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Maximum length of a name that counts, including the NUL: a UUID or a PCI address and ".json", a registry.
 */
#define FILE_NAME_LEN 256

/* A file. One that was replaced or written to differs in at least one of these. */
struct file_entry {
	char name[FILE_NAME_LEN];
	uint64_t inode;
	int64_t modified_ns;
	int64_t size;
};

struct file_list {
	struct file_entry *entries; /* owned, by name after file_list_sort() */
	size_t count;
};

enum file_change { FILE_MADE, FILE_CHANGED, FILE_REMOVED };

typedef void file_change_fn(enum file_change change, const char *name, void *context);

/* Fails only when out of memory. */
int file_list_add(struct file_list *list, const struct file_entry *entry, struct error *err);
void file_list_sort(struct file_list *list);
void file_list_clear(struct file_list *list);

/* Calls @report for each difference, by name. Both lists are sorted. */
void file_list_compare(const struct file_list *before, const struct file_list *after, file_change_fn *report,
		       void *context);

/* Returns "made", "changed" or "removed". */
const char *file_change_name(enum file_change change);

#endif
