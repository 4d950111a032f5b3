/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of some directories have changed (inotify(7)). A directory that is missing is waited for: the nearest
 * one above it that exists is watched instead. Removed and made again, it is watched again.
 */
#ifndef PCITAG_HOST_WATCH_DIRECTORY_WATCH_H
#define PCITAG_HOST_WATCH_DIRECTORY_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/watch/file_list.h"

/* Directories of one watch. */
#define DIRECTORY_WATCH_MAX 8

struct watched_directory {
	const char *path; /* absolute; not owned */
	int wd;		  /* of it, or of a directory above it; -1: not watched */
	size_t len;	  /* length of the part of the path that is watched */
	bool has_changed; /* the caller resets it */
	int refused;	  /* errno when this user may not watch it, else 0 */
};

struct directory_watch {
	int fd; /* becomes readable when there is something to read */
	struct watched_directory directories[DIRECTORY_WATCH_MAX];
	size_t count;
	bool has_overflowed; /* changes were lost: all directories may have changed; the caller resets it */
};

#define DIRECTORY_WATCH_CLOSED ((struct directory_watch){ .fd = -1 })

/* Begins to watch @count directories. Returns 0 or -1; the caller closes @out, also after a failure. */
int directory_watch_open(const char *const *paths, size_t count, struct directory_watch *out,
			 struct error *err);
void directory_watch_close(struct directory_watch *watch);

/* Notes all changes until now, without waiting. Returns 0 or -1. */
int directory_watch_read(struct directory_watch *watch, struct error *err);

/*
 * Lists the files in the directory @path whose names end in @suffix and do not begin with "."; none when it
 * is missing or may not be read. The list is sorted, and the caller clears it, also after a failure.
 */
int directory_watch_list(const char *path, const char *suffix, struct file_list *out, struct error *err);

#endif
