/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads directories completely, or fails. */
#ifndef PCITAG_BASE_DIRECTORY_H
#define PCITAG_BASE_DIRECTORY_H

#include <dirent.h>

#include "base/error.h"

/*
 * Reads the next entry of @dir.
 * @entry: receives it, or NULL at the end; valid until the next call
 * readdir(3) returns NULL for a failure as well as at the end. An unreadable entry must not be mistaken for a
 * missing one. Fails with err->code set; the message does not name the directory.
 */
int directory_next(DIR *dir, const struct dirent **entry, struct error *err) MUST_CHECK;

/*
 * Opens the directory @path for writing into it, close-on-exec, unless a component of the path is a symbolic
 * link. In a directory that another user owns, that user can replace any entry with a link and redirect
 * root's file (openat2(2), RESOLVE_NO_SYMLINKS; Linux 5.6).
 * @fd: receives the descriptor, which the caller closes
 * Returns 0, or -1 with one line in *err.
 */
int directory_open_without_links(const char *path, int *fd, struct error *err) MUST_CHECK;

#endif
