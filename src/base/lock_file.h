/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lock for as long as one process decides: flock on a file that is never removed. */
#ifndef PCITAG_BASE_LOCK_FILE_H
#define PCITAG_BASE_LOCK_FILE_H

#include "base/error.h"

/*
 * Takes the exclusive lock @name in directory @dirfd, creating the file (0600).
 * @timeout_ms: how long to wait for another holder
 * @fd:         receives the descriptor that is the lock: close it to let go. It is
 *              close-on-exec; a worker must close its copy, or it keeps the lock.
 * Fails when the time is up; the message names the holder's pid, which stands in the file.
 */
int lock_file_take(int dirfd, const char *name, int timeout_ms, int *fd, struct error *err);

#endif
