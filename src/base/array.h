/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrays that grow: a pointer and a count, both 0 at first. The room is not stored: it is at least the count
 * rounded up to a power of two, so that adding an element takes constant time on average. The owner frees the
 * pointer; it may lower the count. An array that was allocated in another way must not be extended by these.
 */
#ifndef PCITAG_BASE_ARRAY_H
#define PCITAG_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * Makes room for one more element. The elements may move; pointers to them are then invalid.
 * @items: array of @count elements of @size bytes; NULL when @count is 0 at first
 * Returns the array, which replaces @items, or NULL when out of memory; @items is then unchanged.
 */
static inline void *array_grow(void *items, size_t count, size_t size)
{
	/* 2 * count cannot overflow: the array is in memory. reallocarray(3) checks the product. */
	return count & (count - 1) ? items : reallocarray(items, count ? 2 * count : 1, size);
}

/*
 * Returns a copy of an array, which can be extended as the array can, or NULL when it is empty or memory runs
 * out. Elements are copied byte by byte: what they own stays shared.
 */
static inline void *array_copy(const void *items, size_t count, size_t size)
{
	size_t room = 1;
	void *copy;

	if (count == 0)
		return NULL;
	while (room < count)
		room *= 2;
	copy = reallocarray(NULL, room, size);
	return copy ? memcpy(copy, items, count * size) : NULL;
}

/*
 * Adds a zeroed element. @items and @count are lvalues without side effects: the owner's pointer and count.
 * The value is the element's address, or NULL when out of memory; nothing has changed then.
 */
#define ARRAY_ADD(items, count)                                                        \
	({                                                                             \
		__typeof__(items) grown_ = array_grow(items, count, sizeof(*(items))); \
		if (grown_) {                                                          \
			(items) = grown_;                                              \
			grown_ = memset(&grown_[(count)++], 0, sizeof(*grown_));       \
		}                                                                      \
		grown_;                                                                \
	})

/*
 * Adds an element with the value of the last argument, evaluated when the array has moved and has room. True,
 * or false when out of memory: nothing has changed then, and the caller still owns what the element owns.
 */
#define ARRAY_APPEND(items, count, ...)                             \
	({                                                          \
		__typeof__(items) added_ = ARRAY_ADD(items, count); \
		if (added_)                                         \
			*added_ = __VA_ARGS__;                      \
		added_ != NULL;                                     \
	})

#endif
