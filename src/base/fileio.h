/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes whole buffers and directories. Every read of a file has a bound and handles EINTR. */
#ifndef PCITAG_BASE_FILEIO_H
#define PCITAG_BASE_FILEIO_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Reads from @fd up to its end.
 * @limit: maximum number of bytes to accept; more bytes are a failure with code EFBIG
 * @out: receives the bytes, followed by a NUL that @len does not count; the caller frees it
 * @len: receives the number of bytes; NULL is allowed (NULs in the data are then not detected)
 * Fails with err->code set to the errno value; @out and @len are untouched. The message does not name the
 * file; the caller does. Not for sysfs attributes that change between two reads: it reads to the end.
 */
int read_fd_all(int fd, size_t limit, char **out, size_t *len, struct error *err) MUST_CHECK;

/*
 * Opens @path read-only and reads all of it like read_fd_all().
 * @dirfd: base directory of a relative @path (AT_FDCWD for the working directory)
 * Fails with a message that begins with "cannot read <path>" and the errno value as err->code: ENOENT for a
 * missing file, EISDIR for a directory. A pipe or socket without a writer does not block: it is empty.
 */
int read_file_at(int dirfd, const char *path, size_t limit, char **out, size_t *len,
		 struct error *err) MUST_CHECK;

enum { FILE_ABSENT = 1 };

/* The same for a text, which may be missing. Returns FILE_ABSENT, with *err untouched, when it is. */
int read_file_if_any(const char *path, size_t limit, char **out, struct error *err) MUST_CHECK;

/*
 * Reads the text of <dir>/<name> like read_file_at(). A file that does not exist, a table that this kernel
 * does not have, is no failure: *out is then NULL.
 */
int read_table(const char *dir, const char *name, size_t limit, char **out, struct error *err) MUST_CHECK;

/* Opens the directory at @path below @dirfd. NULL with errno when that fails; the caller closes it. */
DIR *opendir_at(int dirfd, const char *path);

/*
 * Reads the start of a file with a single read(2), at most @size - 1 bytes, and terminates it. Returns the
 * number of bytes; 0, with "" in @buf, when the file cannot be read.
 */
size_t read_start_at(int dirfd, const char *path, char *buf, size_t size);

/*
 * Writes all @len bytes, in as many write(2) calls as needed. Not for sysfs, where one write is one request.
 * Fails with err->code set; the number of bytes written by then is unknown.
 */
int write_all(int fd, const void *data, size_t len, struct error *err) MUST_CHECK;

/*
 * Reads the next entry of @dir.
 * @entry: receives it, or NULL at the end; valid until the next call
 * readdir(3) returns NULL for a failure as well as at the end. An unreadable entry must not be mistaken for a
 * missing one. Fails with err->code set; the message does not name the directory.
 */
int directory_next(DIR *dir, const struct dirent **entry, struct error *err) MUST_CHECK;

/*
 * Opens the directory @name below @parent, which only root may be able to write to: its files determine what
 * is written to sysfs.
 * @create: make it when it is missing
 * @of: what its files are, for messages
 * @out: receives the descriptor, which the caller closes
 * Returns 0, FILE_ABSENT when it is missing and @create is false, or -1.
 */
int directory_open_roots(int parent, const char *name, bool create, const char *of, int *out,
			 struct error *err) MUST_CHECK;

/*
 * Opens the directory @path for writing into it, close-on-exec, unless a component of the path is a symbolic
 * link. In a directory that another user owns, that user can replace any entry with a link and redirect
 * root's file (openat2(2), RESOLVE_NO_SYMLINKS; Linux 5.6).
 * @fd: receives the descriptor, which the caller closes
 * Returns 0, or -1 with one line in *err.
 */
int directory_open_without_links(const char *path, int *fd, struct error *err) MUST_CHECK;

#endif
