/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/store/lease_cache.c model/lease/lease.c model/pci/topology.c model/lease/name.c model/pci/address.c */
/* links: base/error.c */
/* What a process has read of leases counts only as long as nothing can have changed. */
#include "host/store/lease_cache.h"
#include "test.h"

#include <time.h>

static const char uuid[] = "6f1c2f4e-0000-4000-8000-000000000001";

/* Keeps a lease that was read from @file. */
static void keep(struct lease_cache *cache, const struct stat *file)
{
	struct lease lease = { .state = LEASE_BOUND }, *shared;

	strcpy(lease.uuid, uuid);
	shared = lease_share(&lease, NULL);
	lease_cache_keep(cache, file, shared);
	lease_unref(shared);
}

/* A file, or a directory, that was changed @seconds ago; in the future for a negative number. */
static struct stat changed(ino_t inode, int seconds)
{
	struct stat file = { .st_ino = inode, .st_size = 100 };

	clock_gettime(CLOCK_REALTIME_COARSE, &file.st_mtim);
	file.st_mtim.tv_sec -= seconds;
	file.st_ctim = file.st_mtim;
	return file;
}

static void test_a_file_that_is_the_same_is_not_read_again(void)
{
	struct lease_cache *cache = lease_cache_new();
	struct stat file = changed(7, 10), other = file;

	keep(cache, &file);
	CHECK(lease_cache_find(cache, uuid, &file));
	CHECK(!lease_cache_find(cache, "6f1c2f4e-0000-4000-8000-000000000002", &file));
	other.st_ino++;
	CHECK(!lease_cache_find(cache, uuid, &other));
	other = file;
	other.st_ctim.tv_nsec++;
	CHECK(!lease_cache_find(cache, uuid, &other));
	other = file;
	other.st_size++;
	CHECK(!lease_cache_find(cache, uuid, &other));
	lease_cache_free(cache);
}

/* One pass over a directory with one lease. Returns whether it needs no other. */
static bool is_current_after(const struct stat *dir, const struct stat *later, bool is_complete)
{
	struct lease_cache *cache = lease_cache_new();
	struct stat file = changed(7, 10);
	size_t count = 0;
	bool is_current;

	lease_cache_begin(cache, dir);
	keep(cache, &file);
	lease_cache_end(cache, is_complete, 1);
	is_current = lease_cache_is_current(cache, later, &count);
	CHECK(!is_current || (count == 1 && strcmp(lease_cache_at(cache, 0)->uuid, uuid) == 0));
	lease_cache_free(cache);
	return is_current;
}

static void test_a_directory_that_is_the_same_is_not_read_again(void)
{
	struct stat dir = changed(3, 1), later = changed(3, 0);

	CHECK(is_current_after(&dir, &dir, true));
	CHECK(!is_current_after(&dir, &dir, false));
	CHECK(!is_current_after(&dir, &later, true));
}

/* What is added within the same tick of the clock leaves the directory's time as it was. */
static void test_a_directory_of_this_tick_of_the_clock_is_read_again(void)
{
	struct stat ahead = changed(3, -1);

	CHECK(!is_current_after(&ahead, &ahead, true));
}

/* Its file could not be asked for its time, or there was no memory. */
static void test_a_lease_that_was_read_and_not_kept_is_not_taken_for_lost(void)
{
	struct lease_cache *cache = lease_cache_new();
	struct stat dir = changed(3, 1);
	size_t count;

	lease_cache_begin(cache, &dir);
	lease_cache_end(cache, true, 1);
	CHECK(!lease_cache_is_current(cache, &dir, &count));
	lease_cache_free(cache);
}

static void test_a_lease_that_is_gone_is_forgotten(void)
{
	struct lease_cache *cache = lease_cache_new();
	struct stat dir = changed(3, 1), file = changed(7, 10);
	size_t count = 9;

	keep(cache, &file);
	lease_cache_begin(cache, &dir);
	lease_cache_end(cache, true, 0);
	CHECK(lease_cache_is_current(cache, &dir, &count) && count == 0);
	CHECK(!lease_cache_find(cache, uuid, &file));
	lease_cache_free(cache);
}

int main(void)
{
	RUN(test_a_file_that_is_the_same_is_not_read_again);
	RUN(test_a_directory_that_is_the_same_is_not_read_again);
	RUN(test_a_directory_of_this_tick_of_the_clock_is_read_again);
	RUN(test_a_lease_that_was_read_and_not_kept_is_not_taken_for_lost);
	RUN(test_a_lease_that_is_gone_is_forgotten);
	return 0;
}
