/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Named exclusive locks between processes. Each lock is one file in a directory, which exists as long as the
 * lock is held. Different names never share a lock. As with all locks of base/lock_file.h, a child does not
 * inherit them, and the kernel reports the holder.
 */
#ifndef PCITAG_HOST_STORE_NAMED_LOCKS_H
#define PCITAG_HOST_STORE_NAMED_LOCKS_H

#include <limits.h>
#include <stddef.h>

#include "base/error.h"
#include "base/lock_file.h"

struct named_lock {
	char name[64];
	int fd;
};

/* The locks that this process holds. A process has one set for each directory. */
struct named_locks {
	int dir;		  /* descriptor of the directory, -1 until it is open */
	struct named_lock *items; /* owned */
	size_t count;
};

#define NAMED_LOCKS_NONE ((struct named_locks){ .dir = -1 })

/*
 * Takes a lock and creates its file (mode 0600).
 * @name: at most 63 characters, without '/'
 * @timeout_ms: how long to wait for another holder
 * Returns 0, LOCK_FILE_BUSY when the timeout expires or this process already holds the lock, or -1. With
 * LOCK_FILE_BUSY, *@holder is the holder's pid (0: the holder has just released the lock).
 */
int named_locks_take(struct named_locks *locks, const char *name, int timeout_ms, pid_t *holder,
		     struct error *err);

/* Releases a lock and removes its file. Does nothing when the lock is not held. */
void named_locks_drop(struct named_locks *locks, const char *name);

/* Releases all locks and closes the directory. */
void named_locks_clear(struct named_locks *locks);

/* Removes the lock files of processes that were killed. */
int named_locks_sweep(struct named_locks *locks, struct error *err);

#endif
