/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/lease_cache.h"

#include <string.h>
#include <time.h>

struct lease_cache {
	struct lease_list read;
	ino_t *inodes;	 /* owned; of the file of each lease */
	struct stat dir; /* before all of its leases were read; zeroed when these may not be all */
};

static void drop(struct lease_cache *cache)
{
	lease_list_clear(&cache->read);
	free(cache->inodes);
	*cache = (struct lease_cache){ 0 };
}

struct lease_cache *lease_cache_new(void)
{
	return calloc(1, sizeof(struct lease_cache));
}

void lease_cache_free(struct lease_cache *cache)
{
	if (cache)
		drop(cache);
	free(cache);
}

/*
 * Of the last store that was closed. Freeing 500 leases writes to all of their pages, which the kernel then
 * copies, because a worker has shared them since fork(2); they end with the process.
 */
static struct lease_cache *kept;

void lease_cache_keep(struct lease_cache *cache)
{
	lease_cache_free(kept);
	kept = cache;
}

static int compare(const void *uuid, const void *lease)
{
	return strcmp(uuid, (*(struct lease *const *)lease)->uuid);
}

struct lease *lease_cache_find(const struct lease_cache *cache, const char *uuid, ino_t *inode)
{
	size_t count = cache ? cache->read.count : 0; /* of pointers */
	struct lease **found =
		count ? bsearch(uuid, cache->read.leases, count, sizeof(void *), compare) : NULL;

	*inode = found ? cache->inodes[found - cache->read.leases] : 0;
	return found ? *found : NULL;
}

/*
 * The time of a change has the resolution of this clock (kernel: fs/inode.c, inode_set_ctime_current). A
 * second change within its last tick would give the directory the same time.
 */
bool lease_cache_is_datable(const struct stat *dir)
{
	const struct timespec *time = &dir->st_ctim;
	struct timespec now;

	return clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0 &&
	       (time->tv_sec < now.tv_sec || (time->tv_sec == now.tv_sec && time->tv_nsec < now.tv_nsec));
}

void lease_cache_replace(struct lease_cache *cache, const struct stat *dir, const struct lease_file *files,
			 struct lease_list *read)
{
	if (!cache)
		return;
	drop(cache);
	cache->inodes = calloc(read->count + 1, sizeof(*cache->inodes));
	if (!cache->inodes || lease_list_share(read, &cache->read, NULL) < 0) {
		drop(cache);
		return;
	}
	for (size_t i = 0; i < read->count; i++, files++) {
		while (strcmp(files->uuid, read->leases[i]->uuid) != 0)
			files++;
		cache->inodes[i] = files->inode;
	}
	if (dir)
		cache->dir = *dir;
}

/* A change of a directory sets this time (inode(7)), and no program can set it otherwise. */
struct lease_list *lease_cache_current(struct lease_cache *cache, const struct stat *dir)
{
	return cache && cache->dir.st_dev == dir->st_dev && cache->dir.st_ino == dir->st_ino &&
			       cache->dir.st_ctim.tv_sec == dir->st_ctim.tv_sec &&
			       cache->dir.st_ctim.tv_nsec == dir->st_ctim.tv_nsec
		       ? &cache->read
		       : NULL;
}
