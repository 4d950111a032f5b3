/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/lease_cache.h"

#include <string.h>
#include <time.h>

#include "base/array.h"

struct kept {
	struct stat file;
	unsigned pass;	     /* the last one in which it was read */
	struct lease *lease; /* a reference */
};

struct lease_cache {
	struct kept *items; /* owned, ordered by UUID */
	size_t count;
	unsigned pass;
	struct stat dir;  /* at the beginning of the pass */
	bool is_datable;  /* a later change of the directory gives it another time */
	bool is_complete; /* every lease of it was kept in the pass */
};

struct lease_cache *lease_cache_new(void)
{
	return calloc(1, sizeof(struct lease_cache));
}

void lease_cache_free(struct lease_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++)
		lease_unref(cache->items[i].lease);
	free(cache->items);
	free(cache);
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       is_same_time(&a->st_mtim, &b->st_mtim) && is_same_time(&a->st_ctim, &b->st_ctim);
}

/* Returns the index of @uuid, or the one that it would have. Leases are read in the order of their UUIDs. */
static size_t place_of(const struct lease_cache *cache, const char *uuid)
{
	size_t first = 0, end = cache->count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (strcmp(cache->items[middle].lease->uuid, uuid) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static struct kept *find(const struct lease_cache *cache, const char *uuid)
{
	size_t place = place_of(cache, uuid);

	return place < cache->count && strcmp(cache->items[place].lease->uuid, uuid) == 0
		       ? &cache->items[place]
		       : NULL;
}

bool lease_cache_has(const struct lease_cache *cache, const char *uuid)
{
	return cache && find(cache, uuid);
}

struct lease *lease_cache_find(const struct lease_cache *cache, const char *uuid, const struct stat *file)
{
	struct kept *kept = cache ? find(cache, uuid) : NULL;

	if (!kept || !is_same(&kept->file, file))
		return NULL;
	kept->pass = cache->pass;
	return kept->lease;
}

/* Makes room for one more at @place; without memory returns NULL. */
static struct kept *insert(struct lease_cache *cache, size_t place)
{
	struct kept *grown = array_grow(cache->items, cache->count, sizeof(*grown));

	if (!grown)
		return NULL;
	cache->items = grown;
	memmove(&cache->items[place + 1], &cache->items[place],
		(cache->count - place) * sizeof(*cache->items));
	cache->count++;
	cache->items[place].lease = NULL;
	return &cache->items[place];
}

static void drop(struct lease_cache *cache, size_t place)
{
	lease_unref(cache->items[place].lease);
	cache->count--;
	memmove(&cache->items[place], &cache->items[place + 1],
		(cache->count - place) * sizeof(*cache->items));
}

void lease_cache_keep(struct lease_cache *cache, const struct stat *file, struct lease *lease)
{
	struct kept *kept;

	if (!cache)
		return;
	kept = find(cache, lease->uuid);
	if (!kept)
		kept = insert(cache, place_of(cache, lease->uuid));
	if (!kept)
		return;
	lease->references++;
	lease_unref(kept->lease);
	*kept = (struct kept){ *file, cache->pass, lease };
}

/*
 * The time of a change has the resolution of this clock (kernel: fs/inode.c, inode_set_ctime_current). A
 * second change within its last tick would give the directory the same time.
 */
static bool is_before_this_tick(const struct timespec *time)
{
	struct timespec now;

	return clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0 &&
	       (time->tv_sec < now.tv_sec || (time->tv_sec == now.tv_sec && time->tv_nsec < now.tv_nsec));
}

void lease_cache_begin(struct lease_cache *cache, const struct stat *dir)
{
	if (!cache)
		return;
	cache->pass++;
	cache->is_complete = false;
	cache->dir = *dir;
	cache->is_datable = is_before_this_tick(&dir->st_mtim);
}

void lease_cache_end(struct lease_cache *cache, bool is_complete, size_t count)
{
	if (!cache)
		return;
	for (size_t i = cache->count; i-- > 0;) {
		if (cache->items[i].pass != cache->pass)
			drop(cache, i);
	}
	cache->is_complete = is_complete && cache->is_datable && cache->count == count;
}

bool lease_cache_is_current(const struct lease_cache *cache, const struct stat *dir, size_t *count)
{
	if (!cache || !cache->is_complete || !is_same(&cache->dir, dir))
		return false;
	*count = cache->count;
	return true;
}

struct lease *lease_cache_at(const struct lease_cache *cache, size_t index)
{
	return cache->items[index].lease;
}
