/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leases that a process has read, so that it parses each file once. A lease is replaced as a whole, by
 * another file: as long as the file is the same, so is the lease.
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

/* True when a lease of @uuid is kept, whether or not its file is still the same. */
bool lease_cache_has(const struct lease_cache *cache, const char *uuid);

/*
 * Returns the lease of @uuid when its file was @file, as fstat(2) reports it, when it was read; otherwise
 * NULL. The pointer is valid until the next call of another function; lists take a reference.
 */
struct lease *lease_cache_find(const struct lease_cache *cache, const char *uuid, const struct stat *file);

/* Keeps a reference to a lease that was read from @file. Without memory for it, nothing is kept. */
void lease_cache_keep(struct lease_cache *cache, const struct stat *file, struct lease *lease);

/*
 * Before the files of all leases are read: @dir is the directory as fstat(2) reports it. What was kept until
 * now counts as read when lease_cache_find() has returned it since.
 */
void lease_cache_begin(struct lease_cache *cache, const struct stat *dir);

/*
 * After that: the cache has exactly the leases of the directory, if @is_complete and each of the @count
 * leases that were read could be kept. A lease that is missing here would be taken for lost, and its devices
 * returned.
 */
void lease_cache_end(struct lease_cache *cache, bool is_complete, size_t count);

/*
 * Returns true when the cache has exactly the leases of the directory: when no file was added, replaced or
 * removed since all were read. Then *count is their number, and lease_cache_at() returns them, ordered by
 * UUID.
 */
bool lease_cache_is_current(const struct lease_cache *cache, const struct stat *dir, size_t *count);
struct lease *lease_cache_at(const struct lease_cache *cache, size_t index);

#endif
