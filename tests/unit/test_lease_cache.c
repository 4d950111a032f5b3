/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/store/lease_cache.c model/lease/lease.c model/pci/topology.c model/lease/name.c model/pci/address.c model/lease/vf_net.c */
/* links: base/error.c */
/* What a process has read of leases counts only as long as nothing can have changed. */
#include "host/store/lease_cache.h"
#include "test.h"

#include <time.h>

static const char uuid[] = "6f1c2f4e-0000-4000-8000-000000000001";

/* A list of one lease. */
static struct lease_list list_of(const char *its_uuid)
{
	struct lease lease = { .state = LEASE_BOUND }, *shared;
	struct lease_list list = { 0 };

	strcpy(lease.uuid, its_uuid);
	shared = lease_share(&lease, NULL);
	CHECK(lease_list_add(&list, shared, NULL) == 0);
	lease_unref(shared);
	return list;
}

/* Replaces what is kept by a lease that was read from the file @inode, the second of three. */
static void keep(struct lease_cache *cache, ino_t inode, const struct stat *dir)
{
	const struct lease_file files[] = { { "0f1c2f4e-0000-4000-8000-000000000001", inode + 100 },
					    { "6f1c2f4e-0000-4000-8000-000000000001", inode },
					    { "7f1c2f4e-0000-4000-8000-000000000001", inode + 200 } };
	struct lease_list read = list_of(uuid);

	lease_cache_replace(cache, dir, files, &read);
	lease_list_clear(&read);
}

/* A directory that was changed @seconds ago; in the future for a negative number. */
static struct stat changed(int seconds)
{
	struct stat dir = { .st_ino = 3 };

	clock_gettime(CLOCK_REALTIME_COARSE, &dir.st_mtim);
	dir.st_mtim.tv_sec -= seconds;
	dir.st_ctim = dir.st_mtim;
	return dir;
}

static void test_a_file_that_is_the_same_is_not_read_again(void)
{
	struct lease_cache *cache = lease_cache_new();
	ino_t inode;

	keep(cache, 7, NULL);
	CHECK(lease_cache_find(cache, uuid, &inode) && inode == 7);
	CHECK(!lease_cache_find(cache, "7f1c2f4e-0000-4000-8000-000000000001", &inode) && inode == 0);
	keep(cache, 8, NULL);
	CHECK(lease_cache_find(cache, uuid, &inode) && inode == 8);
	lease_cache_free(cache);
}

static bool is_current_after(const struct stat *dir, const struct stat *later)
{
	struct lease_cache *cache = lease_cache_new();
	struct lease_list *current;
	bool is_current;

	keep(cache, 7, dir);
	current = lease_cache_current(cache, later);
	is_current = current != NULL;
	CHECK(!current || (current->count == 1 && strcmp(current->leases[0]->uuid, uuid) == 0));
	lease_cache_free(cache);
	return is_current;
}

static void test_a_directory_that_is_the_same_is_not_read_again(void)
{
	struct stat dir = changed(1), later = changed(0);

	CHECK(is_current_after(&dir, &dir));
	CHECK(!is_current_after(NULL, &dir));
	CHECK(!is_current_after(&dir, &later));
	later = dir;
	later.st_ctim.tv_nsec++;
	CHECK(!is_current_after(&dir, &later));
}

/* What is added within the same tick of the clock leaves the directory's time as it was. */
static void test_a_directory_of_this_tick_of_the_clock_is_read_again(void)
{
	struct stat ahead = changed(-1), before = changed(1);

	CHECK(!lease_cache_is_datable(&ahead) && lease_cache_is_datable(&before));
}

static void test_a_lease_that_is_gone_is_forgotten(void)
{
	struct lease_cache *cache = lease_cache_new();
	struct stat dir = changed(1);
	struct lease_list none = { 0 }, *current;
	ino_t inode;

	keep(cache, 7, NULL);
	lease_cache_replace(cache, &dir, NULL, &none);
	current = lease_cache_current(cache, &dir);
	CHECK(current && current->count == 0 && !lease_cache_find(cache, uuid, &inode));
	lease_list_clear(&none);
	lease_cache_free(cache);
}

/* The list that a caller has stays as it is when the cache, or another list, goes on. */
static void test_a_list_is_shared_until_it_is_changed(void)
{
	struct lease_cache *cache = lease_cache_new();
	struct stat dir = changed(1);
	struct lease_list read = list_of(uuid), other;
	struct lease_file file = { .inode = 7 };

	strcpy(file.uuid, uuid);
	lease_cache_replace(cache, &dir, &file, &read);
	CHECK(lease_list_share(lease_cache_current(cache, &dir), &other, NULL) == 0);
	CHECK(other.leases == read.leases && other.leases[0]->references == 1);
	CHECK(lease_list_add(&other, other.leases[0], NULL) == 0);
	CHECK(strcmp(read.leases[0]->uuid, uuid) == 0 && other.leases != read.leases);
	CHECK(other.count == 2 && read.count == 1 && lease_cache_current(cache, &dir)->count == 1);
	lease_cache_free(cache);
	lease_list_clear(&read);
	CHECK(other.leases[0]->references == 2 && strcmp(other.leases[1]->uuid, uuid) == 0);
	lease_list_clear(&other);
}

int main(void)
{
	RUN(test_a_file_that_is_the_same_is_not_read_again);
	RUN(test_a_directory_that_is_the_same_is_not_read_again);
	RUN(test_a_directory_of_this_tick_of_the_clock_is_read_again);
	RUN(test_a_lease_that_is_gone_is_forgotten);
	RUN(test_a_list_is_shared_until_it_is_changed);
	return 0;
}
