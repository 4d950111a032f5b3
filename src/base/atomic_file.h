/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replaces a file so that readers, and we after a crash, see the old or the new text, never a half. */
#ifndef PCITAG_BASE_ATOMIC_FILE_H
#define PCITAG_BASE_ATOMIC_FILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Writes @len bytes to @name in directory @dirfd: temporary file ".<name>.tmp", fsync,
 * rename, fsync of the directory. The caller has the right to @name to itself (a lock, or
 * a name nobody else uses); what has the name of the temporary file is removed: a crash left it. Never waits,
 * whatever is in the directory.
 * @mode: permission bits of the new file
 */
int atomic_file_write(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		      struct error *err);

/*
 * The same for a file that somebody else made: the new one has owner, group and permission bits of the old.
 * @like: what fstat(2) says of the old one
 */
int atomic_file_rewrite(int dirfd, const char *name, const void *data, size_t len, const struct stat *like,
			struct error *err);

/* Removes @name and makes that durable. No such file is no failure. */
int atomic_file_remove(int dirfd, const char *name, struct error *err);

/* Removes what a crash in the middle of atomic_file_write() left, if anything. */
void atomic_file_remove_unfinished(int dirfd, const char *name);

#endif
