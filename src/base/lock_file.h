/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks between processes. Each byte of one file, which is never removed, is a separate lock (fcntl(2),
 * "advisory record locking"). Only this type of lock is not inherited by a child, so that a worker that hangs
 * in the kernel does not block other processes, and only of this type the kernel reports the holder.
 */
#ifndef PCITAG_BASE_LOCK_FILE_H
#define PCITAG_BASE_LOCK_FILE_H

#include <sys/types.h>

#include "base/error.h"

/*
 * Opens the file @name in directory @dirfd and creates it (0600) when needed.
 * @fd: receives the descriptor, close-on-exec. A process must open the file only once: closing any descriptor
 *        of it drops all locks that the process has on it.
 */
int lock_file_open(int dirfd, const char *name, int *fd, struct error *err);

enum { LOCK_FILE_BUSY = 1 };

/*
 * Takes the exclusive lock of one byte.
 * @timeout_ms: maximum time to wait for another holder, in milliseconds
 * Returns 0; LOCK_FILE_BUSY after the timeout, with the holder's pid in *@holder (0: just released); or -1.
 */
int lock_file_take(int fd, off_t byte, int timeout_ms, pid_t *holder, struct error *err);
void lock_file_drop(int fd, off_t byte);

/* Returns the pid of another process that holds the lock, 0 for none. */
pid_t lock_file_holder(int fd, off_t byte);

#endif
