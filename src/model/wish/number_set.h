/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of small numbers: NUMA nodes, processors. Pure. */
#ifndef PCITAG_MODEL_WISH_NUMBER_SET_H
#define PCITAG_MODEL_WISH_NUMBER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most processors (kernel: arch/x86/Kconfig, NR_CPUS_RANGE_END) and nodes (MAX_NUMNODES) of Linux. */
#define NUMBER_SET_MAX 8192
#define NUMA_NODES_MAX 1024

/* {0} is empty. */
struct number_set {
	uint64_t words[NUMBER_SET_MAX / 64];
};

/*
 * Parses "0-3,8,^2", the format of libvirt (src/util/virbitmap.c, virBitmapParseInternal: "^" removes one
 * number) and, without "^", of the kernel (Documentation/admin-guide/cputopology.rst).
 * @limit: every number must be less; at most NUMBER_SET_MAX
 * Returns 0, or 1 when @text is not such a set, or is empty. @out is then unchanged.
 */
int number_set_parse(const char *text, size_t limit, struct number_set *out);

void number_set_add(struct number_set *set, size_t number);
/* False for a number that no set can have. */
bool number_set_has(const struct number_set *set, size_t number);
bool number_set_is_empty(const struct number_set *set);
size_t number_set_count(const struct number_set *set);

/* Adds all of @more. */
void number_set_unite(struct number_set *set, const struct number_set *more);
/* Keeps only what @other has, too. */
void number_set_intersect(struct number_set *set, const struct number_set *other);
bool number_set_intersects(const struct number_set *a, const struct number_set *b);

/* Room for the text of most sets; a longer one ends in "...". */
#define NUMBER_SET_LEN 64

/* Writes "0-1,3"; "" for an empty set. Returns @buf. */
char *number_set_format(const struct number_set *set, char buf[static NUMBER_SET_LEN]);

#endif
