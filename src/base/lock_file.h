/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks between processes: bytes of one file that is never removed, each byte a lock of its own
 * (fcntl(2), "advisory record locking"). Of the kinds of locks that Linux has this is the one that a child
 * does not inherit, so a worker that hangs in the kernel keeps nobody waiting, and the one whose holder the
 * kernel names.
 */
#ifndef PCITAG_BASE_LOCK_FILE_H
#define PCITAG_BASE_LOCK_FILE_H

#include <sys/types.h>

#include "base/error.h"

/*
 * Opens the file @name in directory @dirfd, creating it (0600).
 * @fd: receives the descriptor, close-on-exec. A process must open the file once only: closing any
 *      descriptor of it drops all locks that the process has on it.
 */
int lock_file_open(int dirfd, const char *name, int *fd, struct error *err);

#define LOCK_FILE_BUSY 1

/*
 * Takes the exclusive lock of one byte.
 * @timeout_ms: how long to wait for another holder
 * Returns 0, LOCK_FILE_BUSY when the time is up, with the holder's pid in *@holder (0: it has just let go),
 * or -1.
 */
int lock_file_take(int fd, off_t byte, int timeout_ms, pid_t *holder, struct error *err);
void lock_file_drop(int fd, off_t byte);

/* The pid of another process that holds the lock, 0 for none. */
pid_t lock_file_holder(int fd, off_t byte);

#endif
