/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exclusive locks between processes, each with a name of its own: one file a lock in a directory, there as
 * long as it is held. Two names never share a lock, however alike they are. As with all locks of
 * base/lock_file.h a child inherits none, and the kernel names the holder.
 */
#ifndef PCITAG_HOST_NAMED_LOCKS_H
#define PCITAG_HOST_NAMED_LOCKS_H

#include <limits.h>
#include <stddef.h>

#include "base/error.h"
#include "base/lock_file.h"

struct named_lock {
	char name[64];
	int fd;
};

/* Those that this process holds. A process has one set for each directory. */
struct named_locks {
	int dir;		  /* descriptor of the directory, -1 until there is one */
	struct named_lock *items; /* owned */
	size_t count;
};

#define NAMED_LOCKS_NONE ((struct named_locks){ .dir = -1 })

/*
 * Takes a lock, creating its file (0600).
 * @name: of at most 63 characters, without '/'
 * @timeout_ms: how long to wait for another holder
 * Returns 0, LOCK_FILE_BUSY when the time is up or this process has the lock already, with the holder's pid
 * in *@holder (0: it has just let go), or -1.
 */
int named_locks_take(struct named_locks *locks, const char *name, int timeout_ms, pid_t *holder,
		     struct error *err);

/* Lets go of a lock and removes its file; one that is not held is left alone. */
void named_locks_drop(struct named_locks *locks, const char *name);

/* Lets go of all of them, and of the directory. */
void named_locks_clear(struct named_locks *locks);

/* Removes the files that processes have left behind that were killed. */
int named_locks_sweep(struct named_locks *locks, struct error *err);

#endif
