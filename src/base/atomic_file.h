/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replaces a file so that readers, also after a crash, get the complete old or the complete new text. */
#ifndef PCITAG_BASE_ATOMIC_FILE_H
#define PCITAG_BASE_ATOMIC_FILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Writes @len bytes to @name in directory @dirfd: temporary file ".<name>.tmp", fsync, rename, fsync of the
 * directory. The caller has exclusive use of @name (a lock, or a name that no other process uses). An
 * existing temporary file, left over from a crash, is removed. Never blocks, whatever is there.
 * @mode: permission bits of the new file
 */
int atomic_file_write(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		      struct error *err);

/* The same for another program's file: the new one has the owner, group and permission bits of @like. */
int atomic_file_rewrite(int dirfd, const char *name, const void *data, size_t len, const struct stat *like,
			struct error *err);

/* Removes @name and makes the removal durable. A missing file is not an error. */
int atomic_file_remove(int dirfd, const char *name, struct error *err);

/* Removes the temporary file that a crash during atomic_file_write() left, if any. */
void atomic_file_remove_unfinished(int dirfd, const char *name);

#endif
