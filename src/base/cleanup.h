/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes, and scope cleanup for what a process owns. Changes to devices are undone explicitly. */
#ifndef PCITAG_BASE_CLEANUP_H
#define PCITAG_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_CHECK __attribute__((warn_unused_result))
#define UNUSED __attribute__((unused))

static inline void cleanup_free_fn(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_fn(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void cleanup_dir_fn(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free_fn)))
#define CLEANUP_CLOSE __attribute__((cleanup(cleanup_close_fn)))
#define CLEANUP_DIR __attribute__((cleanup(cleanup_dir_fn)))

/* For a variable that @clear empties at the end of its scope. It is initialized where it is defined. */
#define CLEANUP(clear) __attribute__((cleanup(clear)))

/* Passes the descriptor to the caller: the cleanup of this scope no longer closes it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define TAKE_PTR(p)                       \
	({                                \
		__auto_type taken_ = (p); \
		(p) = NULL;               \
		taken_;                   \
	})

#endif
