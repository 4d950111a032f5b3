/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/lease_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/array.h"
#include "base/atomic_file.h"
#include "base/fileio.h"
#include "base/lock_file.h"
#include "model/lease/lease_json.h"
#include "model/lease/lease_text.h"

/* A lease of 64 requests with complete groups is far smaller. */
#define LEASE_FILE_MAX (1024 * 1024)
#define LEASE_SUFFIX ".json"

_Static_assert((int)FILE_ABSENT == (int)LEASE_STORE_ABSENT, "a missing directory is a missing store");

/*
 * Returns true when no file of the directory ever has the inode number of an earlier one: the kernel's tmpfs
 * counts (mm/shmem.c, shmem_reserve_inode).
 */
static bool counts_inodes(int dir)
{
	struct statfs fs;

	return fstatfs(dir, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

int lease_store_open(const char *run, bool create, struct lease_store *out, struct error *err)
{
	struct lease_store store = LEASE_STORE_CLOSED;
	int rc;

	store.run = run;
	rc = directory_open_roots(AT_FDCWD, run, create, "leases", &store.run_dir, err);
	if (rc == 0)
		rc = directory_open_roots(store.run_dir, "leases", create, "leases", &store.leases_dir, err);
	if (rc != 0) {
		lease_store_close(&store);
		return rc;
	}
	store.cache = counts_inodes(store.leases_dir) ? lease_cache_new() : NULL;
	*out = store;
	return 0;
}

void lease_store_close(struct lease_store *store)
{
	named_locks_clear(&store->locks);
	lease_cache_keep(store->cache);
	if (store->lock >= 0)
		(void)close(store->lock);
	if (store->leases_dir >= 0)
		(void)close(store->leases_dir);
	if (store->run_dir >= 0)
		(void)close(store->run_dir);
	*store = LEASE_STORE_CLOSED;
}

/* ---- locks ----------------------------------------------------------------------------------------- */

/*
 * Byte 0 of <run>/lock is the store's lock, byte 1 the turn to read the host; bytes from 2^61 on are the
 * locks of functions (host/bind/device_lock.c). Domains have lock files in <run>/locks.
 */

#define STORE_LOCK 0
#define TURN_LOCK 1
#define LOCK_NAME_LEN (UUID_LEN + 8)

/* A holder of a domain's lock also needs those of functions. */
static int open_locks(struct lease_store *store, struct error *err)
{
	if (store->lock < 0 && lock_file_open(store->run_dir, "lock", &store->lock, err) < 0)
		return -1;
	if (store->locks.dir < 0 &&
	    directory_open_roots(store->run_dir, "locks", true, "leases", &store->locks.dir, err) < 0)
		return -1;
	return 0;
}

int lease_store_lock(struct lease_store *store, int timeout_ms, struct error *err)
{
	pid_t holder = 0;
	int rc = open_locks(store, err);

	if (rc == 0)
		rc = lock_file_take(store->lock, STORE_LOCK, timeout_ms, &holder, err);
	if (rc == LOCK_FILE_BUSY)
		return error_set(err, 0,
				 "waited %d ms for the lock %s/lock, which process %d holds; see what hangs "
				 "there, or end it",
				 timeout_ms, store->run, (int)holder);
	return rc;
}

void lease_store_unlock(struct lease_store *store)
{
	lock_file_drop(store->lock, STORE_LOCK);
}

void lease_store_take_turn(struct lease_store *store, int timeout_ms)
{
	pid_t holder;

	if (open_locks(store, NULL) == 0)
		(void)lock_file_take(store->lock, TURN_LOCK, timeout_ms, &holder, NULL);
}

void lease_store_end_turn(struct lease_store *store)
{
	lock_file_drop(store->lock, TURN_LOCK);
}

static const char *attach_lock(const char *uuid, char buf[static LOCK_NAME_LEN])
{
	snprintf(buf, LOCK_NAME_LEN, "%s.attach", uuid);
	return buf;
}

/* @name: contains the whole UUID, so that no two domains share a lock */
static int take_named(struct lease_store *store, const char *name, int timeout_ms, const char *at_work,
		      struct error *err)
{
	pid_t holder = 0;
	int rc = open_locks(store, err);

	if (rc == 0)
		rc = named_locks_take(&store->locks, name, timeout_ms, &holder, err);
	if (rc != LOCK_FILE_BUSY)
		return rc;
	return error_refuse(err, LEASE_STORE_BUSY, "process %d of pcitag is %s", (int)holder, at_work);
}

int lease_store_lock_domain(struct lease_store *store, const char *uuid, int timeout_ms, struct error *err)
{
	return take_named(store, uuid, timeout_ms, "still moving the devices of this domain; wait for it",
			  err);
}

void lease_store_unlock_domain(struct lease_store *store, const char *uuid)
{
	named_locks_drop(&store->locks, uuid);
}

int lease_store_lock_attach(struct lease_store *store, const char *uuid, int timeout_ms, struct error *err)
{
	char name[LOCK_NAME_LEN];

	return take_named(store, attach_lock(uuid, name), timeout_ms,
			  "just attaching or detaching a device of it", err);
}

void lease_store_unlock_attach(struct lease_store *store, const char *uuid)
{
	char name[LOCK_NAME_LEN];

	named_locks_drop(&store->locks, attach_lock(uuid, name));
}

int lease_store_sweep_locks(struct lease_store *store, struct error *err)
{
	return open_locks(store, err) < 0 ? -1 : named_locks_sweep(&store->locks, err);
}

/* ---- files ----------------------------------------------------------------------------------------- */

static void file_name(const char *uuid, char buf[static NAME_MAX])
{
	snprintf(buf, NAME_MAX, "%s" LEASE_SUFFIX, uuid);
}

int lease_store_save(const struct lease_store *store, const struct lease *lease, struct error *err)
{
	CLEANUP_FREE char *text = lease_to_text(lease);
	char name[NAME_MAX];

	file_name(lease->uuid, name);
	if (!text)
		return error_set(err, ENOMEM, "cannot write the lease of domain %s", lease->domain);
	if (atomic_file_write(store->leases_dir, name, text, strlen(text), 0644, err) < 0)
		return error_prefix(err, "cannot write the lease of domain %s", lease->domain);
	return 0;
}

int lease_store_remove(const struct lease_store *store, const char *uuid, struct error *err)
{
	char name[NAME_MAX];

	file_name(uuid, name);
	return atomic_file_remove(store->leases_dir, name, err);
}

/* Determines why a file is not a valid lease: it is corrupt or has a later version. */
static int parse_file(const struct lease_store *store, const char *name, const char *text, size_t len,
		      struct lease *out, struct error *err)
{
	struct error cause = { 0 };
	int rc = lease_from_json(text, len, out, &cause);

	if (rc == LEASE_JSON_NEWER)
		return error_refuse(err, LEASE_STORE_NEWER, "lease %s/leases/%s: %s; install that one again",
				    store->run, name, cause.msg);
	if (rc == 0 && strncmp(name, out->uuid, UUID_LEN - 1) != 0) {
		lease_clear(out);
		rc = error_set(&cause, 0, "it is of another domain than its name says");
	}
	if (rc == 0)
		return 0;
	return error_refuse(err, LEASE_STORE_CORRUPT,
			    "lease %s/leases/%s cannot be understood (%s); when that domain does not run, "
			    "pcitag reconcile puts it aside",
			    store->run, name, cause.msg);
}

/* Reads a short lease, as most are, in one read(2). False when it has to be read in full, or told what is
 * wrong with it. */
static bool load_short(const struct lease_store *store, const char *uuid, const char *name, struct lease *out)
{
	char text[4096];
	size_t len = read_start_at(store->leases_dir, name, text, sizeof(text));

	if (!len || !lease_text_read(text, len, out))
		return false;
	if (strcmp(out->uuid, uuid) == 0)
		return true;
	lease_clear(out);
	return false;
}

static int load_file(const struct lease_store *store, const char *name, struct lease *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct error cause = { 0 };
	size_t len;

	if (read_file_at(store->leases_dir, name, LEASE_FILE_MAX, &text, &len, &cause) < 0) {
		if (cause.code == ENOENT)
			return LEASE_STORE_ABSENT;
		return error_set(err, 0, "lease %s/leases/%s: %s", store->run, name, cause.msg);
	}
	return parse_file(store, name, text, len, out, err);
}

/* Reads the lease, or takes it from the cache, as lease_store_load(). @inode: of its file, 0: unknown */
static int load_shared(const struct lease_store *store, const char *uuid, ino_t inode, struct lease **out,
		       struct error *err)
{
	struct lease lease = { 0 };
	char name[NAME_MAX];
	struct stat file;
	ino_t was;
	int rc;

	file_name(uuid, name);
	*out = lease_cache_find(store->cache, uuid, &was);
	if (*out && !inode && fstatat(store->leases_dir, name, &file, 0) == 0)
		inode = file.st_ino;
	if (*out && inode == was) {
		(*out)->references++;
		return 0;
	}
	/* A file that is listed is there. */
	rc = inode && load_short(store, uuid, name, &lease) ? 0 : load_file(store, name, &lease, err);
	if (rc != 0)
		return rc;
	*out = lease_share(&lease, err);
	return *out ? 0 : -1;
}

int lease_store_load(const struct lease_store *store, const char *uuid, struct lease *out, struct error *err)
{
	struct lease *shared;
	int rc = load_shared(store, uuid, 0, &shared, err);

	if (rc != 0)
		return rc;
	rc = lease_copy(shared, out, err);
	lease_unref(shared);
	return rc;
}

int lease_store_set_aside(const struct lease_store *store, const char *uuid, struct error *err)
{
	char name[NAME_MAX], aside[NAME_MAX];

	file_name(uuid, name);
	snprintf(aside, sizeof(aside), "%s" LEASE_SUFFIX ".corrupt", uuid);
	if (renameat(store->leases_dir, name, store->leases_dir, aside) < 0)
		return error_set(err, errno, "cannot put lease %s/leases/%s aside", store->run, name);
	return 0;
}

/* Copies the UUID out of @prefix, UUID, @suffix; false for any other name. */
static bool take_uuid(const char *name, const char *prefix, const char *suffix, char uuid[static UUID_LEN])
{
	size_t start = strlen(prefix);

	if (strncmp(name, prefix, start) != 0 || strlen(name + start) <= UUID_LEN - 1 ||
	    strcmp(name + start + UUID_LEN - 1, suffix) != 0)
		return false;
	memcpy(uuid, name + start, UUID_LEN - 1);
	return uuid_valid(uuid);
}

static int by_uuid(const void *a, const void *b)
{
	return strcmp(((const struct lease_file *)a)->uuid, ((const struct lease_file *)b)->uuid);
}

/* Lists the files whose names are @prefix, UUID, @suffix. */
static int list_files(const struct lease_store *store, const char *prefix, const char *suffix,
		      struct lease_file_list *out, struct error *err)
{
	CLEANUP_DIR DIR *dir = opendir_at(store->leases_dir, ".");
	const struct dirent *entry;
	int rc = dir ? 0 : error_set(err, errno, "cannot open their directory");

	*out = (struct lease_file_list){ 0 };
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		struct lease_file file = { .inode = entry->d_ino };

		if (strcmp(entry->d_name, LEASE_STORE_USED) == 0)
			out->has_used = true;
		else if (take_uuid(entry->d_name, prefix, suffix, file.uuid) &&
			 !ARRAY_APPEND(out->items, out->count, file))
			rc = error_set(err, ENOMEM, "no memory");
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), by_uuid);
	return rc < 0 ? error_prefix(err, "cannot list the leases") : 0;
}

int lease_store_list(const struct lease_store *store, struct lease_file_list *out, struct error *err)
{
	return list_files(store, "", LEASE_SUFFIX, out, err);
}

/* As base/atomic_file.c names them. */
int lease_store_list_unfinished(const struct lease_store *store, struct lease_file_list *out,
				struct error *err)
{
	return list_files(store, ".", LEASE_SUFFIX ".tmp", out, err);
}

void lease_store_remove_unfinished(const struct lease_store *store, const char *uuid)
{
	char name[NAME_MAX];

	file_name(uuid, name);
	atomic_file_remove_unfinished(store->leases_dir, name);
}

/* Adds the lease of @file to @out. Returns 0, also when there is none;
 * LEASE_STORE_CORRUPT with *err set; or -1. */
static int add_file(const struct lease_store *store, const struct lease_file *file, struct lease_list *out,
		    struct error *err)
{
	struct lease *lease;
	int rc = load_shared(store, file->uuid, file->inode, &lease, err);

	if (rc != 0)
		return rc < 0 ? -1 : rc == LEASE_STORE_ABSENT ? 0 : LEASE_STORE_CORRUPT;
	rc = lease_list_add(out, lease, err);
	lease_unref(lease);
	return rc;
}

/* Reads the files. Returns as lease_store_load_all(); @out is then not cleared. */
static int load_files(const struct lease_store *store, const struct lease_file_list *files,
		      struct lease_list *out, struct error *err)
{
	struct error cause, corrupt = { 0 };
	int rc = 0;

	for (size_t i = 0; i < files->count && rc >= 0; i++) {
		rc = add_file(store, &files->items[i], out, &cause);
		if (rc > 0 && !corrupt.msg[0])
			corrupt = cause;
	}
	if (rc < 0)
		return error_pass(err, &cause);
	if (err && corrupt.msg[0])
		*err = corrupt;
	return corrupt.msg[0] ? LEASE_STORE_CORRUPT : 0;
}

int lease_store_load_all(const struct lease_store *store, struct lease_list *out, struct error *err)
{
	struct stat dir;
	bool is_known = fstat(store->leases_dir, &dir) == 0;
	struct lease_list *read = is_known ? lease_cache_current(store->cache, &dir) : NULL;
	struct lease_file_list files;
	int rc;

	if (read)
		return lease_list_share(read, out, err);
	is_known = is_known && lease_cache_is_datable(&dir);
	*out = (struct lease_list){ 0 };
	rc = lease_store_list(store, &files, err);
	out->has_used = files.has_used;
	if (rc == 0)
		rc = load_files(store, &files, out, err);
	if (rc < 0)
		lease_list_clear(out);
	else
		lease_cache_replace(store->cache, is_known && rc == 0 ? &dir : NULL, files.items, out);
	free(files.items);
	return rc;
}
