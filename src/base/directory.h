/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directories, read to their end or not at all. */
#ifndef PCITAG_BASE_DIRECTORY_H
#define PCITAG_BASE_DIRECTORY_H

#include <dirent.h>

#include "base/error.h"

/*
 * Reads the next entry of @dir.
 * @entry: receives it, or NULL at the end; valid until the next call
 * readdir(3) returns NULL for a failure as well as at the end: what could not be read must not be
 * taken for what is not there. Fails with err->code set; the message names no directory.
 */
int directory_next(DIR *dir, const struct dirent **entry, struct error *err) MUST_CHECK;

/*
 * Opens the directory @path for writing into it, close-on-exec, unless a component of the path is a symbolic
 * link: in a directory that another user owns, that user may replace anything by one, and lead root's file
 * elsewhere (openat2(2), RESOLVE_NO_SYMLINKS; Linux 5.6).
 * @fd: receives the descriptor, the caller's to close
 * Returns 0, or -1 with one line in *err.
 */
int directory_open_without_links(const char *path, int *fd, struct error *err) MUST_CHECK;

#endif
