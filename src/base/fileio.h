/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole files in, whole buffers out: every read has a bound, every call survives EINTR. */
#ifndef PCITAG_BASE_FILEIO_H
#define PCITAG_BASE_FILEIO_H

#include <stddef.h>

#include "base/error.h"

/*
 * Reads from @fd up to its end.
 * @limit: most bytes to accept; one more is a failure with code EFBIG
 * @out:   receives the bytes, followed by a NUL that @len does not count; the caller frees it
 * @len:   receives the number of bytes; NULL is allowed (the bytes may then hold NULs unnoticed)
 * Fails with err->code set to the errno value; @out and @len are untouched. The message names no
 * file: the caller knows what @fd is. Not for sysfs attributes that change between two reads: this
 * reads until it sees the end.
 */
int read_fd_all(int fd, size_t limit, char **out, size_t *len, struct error *err) MUST_CHECK;

/*
 * Opens @path read-only and reads all of it, as read_fd_all() does.
 * @dirfd: what a relative @path starts from (AT_FDCWD for the working directory)
 * Fails with a message that begins with "cannot read <path>"; err->code is the errno value, so
 * ENOENT tells a missing file from a broken one. A directory fails with EISDIR. A pipe or socket
 * without a writer does not block: it reads as empty.
 */
int read_file_at(int dirfd, const char *path, size_t limit, char **out, size_t *len,
		 struct error *err) MUST_CHECK;

/*
 * Writes all @len bytes, in as many write(2) calls as it takes: not for sysfs, where one write is
 * one request. Fails with err->code set; how much was written by then is unknown.
 */
int write_all(int fd, const void *data, size_t len, struct error *err) MUST_CHECK;

#endif
