/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leases that a process has read, so that it parses each file once. A lease is replaced as a whole, by
 * another file: as long as the file is the same, so is the lease. The number of its inode must tell: only a
 * file system in which no file has the number of an earlier one may have a cache.
 */
#ifndef PCITAG_HOST_STORE_LEASE_CACHE_H
#define PCITAG_HOST_STORE_LEASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "model/lease/lease.h"

struct lease_cache;

/* Returns an empty cache, or NULL when out of memory. All functions accept NULL, which keeps nothing. */
struct lease_cache *lease_cache_new(void);
void lease_cache_free(struct lease_cache *cache);

/* Takes over a cache that is not needed any more. It is freed when the next one comes, or with the process.
 */
void lease_cache_keep(struct lease_cache *cache);

/*
 * Returns the lease of @uuid, which counts only as long as its file has the inode *inode; or NULL. The
 * pointer is valid until the next call of another function; lists take a reference.
 */
struct lease *lease_cache_find(const struct lease_cache *cache, const char *uuid, ino_t *inode);

/* The file of a lease. */
struct lease_file {
	char uuid[UUID_LEN];
	ino_t inode;
};

/* True when a change of the directory, as fstat(2) reports it, would give it another time from now on. */
bool lease_cache_is_datable(const struct stat *dir);

/*
 * Replaces what is kept by @read, ordered by UUID, and shares the list. Without memory, nothing is kept.
 * @dir:   the directory before it was read, if @read has all of its leases and the directory was datable;
 *         otherwise NULL. A lease that is missing would be taken for lost, and its devices returned.
 * @files: where each of them, and perhaps others, was read, ordered by UUID
 */
void lease_cache_replace(struct lease_cache *cache, const struct stat *dir, const struct lease_file *files,
			 struct lease_list *read);

/*
 * Returns exactly the leases of the directory, if no file was added, replaced or removed since they were
 * read; otherwise NULL. The list belongs to the cache: it is shared with lease_list_share().
 */
struct lease_list *lease_cache_current(struct lease_cache *cache, const struct stat *dir);

#endif
