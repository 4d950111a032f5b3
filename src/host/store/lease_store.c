/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/lease_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "base/fileio.h"
#include "base/lock_file.h"
#include "model/lease/lease_json.h"

/* A lease of 64 requests with complete groups is far smaller. */
#define LEASE_FILE_MAX (1024 * 1024)
#define LEASE_SUFFIX ".json"

/* Opens @name below @parent. Only root may have write access: the contents determine writes to sysfs. */
static int open_dir(int parent, const char *name, bool create, int *out, struct error *err)
{
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	if (create && mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot create the directory %s for leases", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !create)
		return LEASE_STORE_ABSENT;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open the directory %s of leases", name);
	if (st.st_uid != 0 || (st.st_mode & 022))
		return error_set(err, 0, "%s must be owned by root and writable by root only", name);
	*out = take_fd(&fd);
	return 0;
}

int lease_store_open(const char *run, bool create, struct lease_store *out, struct error *err)
{
	struct lease_store store = LEASE_STORE_CLOSED;
	int rc;

	store.run = run;
	rc = open_dir(AT_FDCWD, run, create, &store.run_dir, err);
	if (rc == 0)
		rc = open_dir(store.run_dir, "leases", create, &store.leases_dir, err);
	if (rc != 0) {
		lease_store_close(&store);
		return rc;
	}
	store.cache = lease_cache_new();
	*out = store;
	return 0;
}

void lease_store_close(struct lease_store *store)
{
	named_locks_clear(&store->locks);
	lease_cache_free(store->cache);
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
	if (store->locks.dir < 0 && open_dir(store->run_dir, "locks", true, &store->locks.dir, err) < 0)
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

static int load_file(const struct lease_store *store, const char *name, struct stat *file, struct lease *out,
		     struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct error cause = { 0 };
	size_t len;

	if (read_regular_at(store->leases_dir, name, LEASE_FILE_MAX, file, &text, &len, &cause) < 0) {
		if (cause.code == ENOENT)
			return LEASE_STORE_ABSENT;
		return error_set(err, 0, "lease %s/leases/%s: %s", store->run, name, cause.msg);
	}
	return parse_file(store, name, text, len, out, err);
}

/* Reads the lease, or takes it from the cache, as lease_store_load(). @out: receives a reference */
static int load_shared(const struct lease_store *store, const char *uuid, struct lease **out,
		       struct error *err)
{
	struct lease lease = { 0 };
	char name[NAME_MAX];
	struct stat file;
	int rc;

	file_name(uuid, name);
	*out = NULL;
	if (lease_cache_has(store->cache, uuid) && fstatat(store->leases_dir, name, &file, 0) == 0)
		*out = lease_cache_find(store->cache, uuid, &file);
	if (*out) {
		(*out)->references++;
		return 0;
	}
	rc = load_file(store, name, &file, &lease, err);
	if (rc != 0)
		return rc;
	*out = lease_share(&lease, err);
	if (!*out)
		return -1;
	lease_cache_keep(store->cache, &file, *out);
	return 0;
}

int lease_store_load(const struct lease_store *store, const char *uuid, struct lease *out, struct error *err)
{
	struct lease *shared;
	int rc = load_shared(store, uuid, &shared, err);

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

/*
 * Returns the position of the UUID in "<uuid>.json", or in ".<uuid>.json.tmp", an unfinished file of
 * base/atomic_file.c; NULL for any other name.
 */
static const char *uuid_in(const char *name, const char *prefix, const char *suffix)
{
	size_t start = strlen(prefix);
	char uuid[UUID_LEN] = "";

	if (strlen(name) != start + UUID_LEN - 1 + strlen(suffix) || strncmp(name, prefix, start) != 0 ||
	    strcmp(name + start + UUID_LEN - 1, suffix) != 0)
		return NULL;
	memcpy(uuid, name + start, UUID_LEN - 1);
	return uuid_valid(uuid) ? name + start : NULL;
}

static int is_lease(const struct dirent *entry)
{
	return uuid_in(entry->d_name, "", LEASE_SUFFIX) != NULL;
}

static int is_unfinished(const struct dirent *entry)
{
	return uuid_in(entry->d_name, ".", LEASE_SUFFIX ".tmp") != NULL;
}

/* @skip: number of characters before the UUID */
static int list_files(const struct lease_store *store, int (*filter)(const struct dirent *), size_t skip,
		      struct uuid_list *out, struct error *err)
{
	struct dirent **entries = NULL;
	int count = scandirat(store->leases_dir, ".", &entries, filter, alphasort);

	*out = (struct uuid_list){ 0 };
	if (count < 0)
		return error_set(err, errno, "cannot list the leases");
	out->items = calloc((size_t)count + 1, sizeof(*out->items));
	for (int i = 0; i < count; i++) {
		if (out->items)
			memcpy(out->items[out->count++], entries[i]->d_name + skip, UUID_LEN - 1);
		free(entries[i]);
	}
	free(entries);
	return out->items ? 0 : error_set(err, ENOMEM, "cannot list %d leases", count);
}

int lease_store_list(const struct lease_store *store, struct uuid_list *out, struct error *err)
{
	return list_files(store, is_lease, 0, out, err);
}

int lease_store_list_unfinished(const struct lease_store *store, struct uuid_list *out, struct error *err)
{
	return list_files(store, is_unfinished, 1, out, err);
}

void lease_store_remove_unfinished(const struct lease_store *store, const char *uuid)
{
	char name[NAME_MAX];

	file_name(uuid, name);
	atomic_file_remove_unfinished(store->leases_dir, name);
}

/* Adds the lease of @uuid to @out. Returns 0, also when there is none; LEASE_STORE_CORRUPT with *err set; or
 * -1. */
static int add_file(const struct lease_store *store, const char *uuid, struct lease_list *out,
		    struct error *err)
{
	struct lease *lease;
	int rc = load_shared(store, uuid, &lease, err);

	if (rc != 0)
		return rc < 0 ? -1 : rc == LEASE_STORE_ABSENT ? 0 : LEASE_STORE_CORRUPT;
	rc = lease_list_add(out, lease, err);
	lease_unref(lease);
	return rc;
}

/* Reads the files. Returns as lease_store_load_all(); @out is then not cleared. */
static int load_files(const struct lease_store *store, struct lease_list *out, struct error *err)
{
	struct uuid_list uuids;
	struct error cause, corrupt = { 0 };
	int rc = lease_store_list(store, &uuids, &cause);

	for (size_t i = 0; i < uuids.count && rc >= 0; i++) {
		rc = add_file(store, uuids.items[i], out, &cause);
		if (rc > 0 && !corrupt.msg[0])
			corrupt = cause;
	}
	free(uuids.items);
	if (err && (rc < 0 || corrupt.msg[0]))
		*err = rc < 0 ? cause : corrupt;
	if (rc < 0)
		return -1;
	return corrupt.msg[0] ? LEASE_STORE_CORRUPT : 0;
}

static int add_kept(const struct lease_store *store, size_t count, struct lease_list *out, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = lease_list_add(out, lease_cache_at(store->cache, i), err);
	return rc;
}

int lease_store_load_all(const struct lease_store *store, struct lease_list *out, struct error *err)
{
	struct stat dir;
	bool is_known = fstat(store->leases_dir, &dir) == 0;
	size_t count;
	int rc;

	*out = (struct lease_list){ 0 };
	if (is_known && lease_cache_is_current(store->cache, &dir, &count)) {
		rc = add_kept(store, count, out, err);
	} else {
		if (is_known)
			lease_cache_begin(store->cache, &dir);
		rc = load_files(store, out, err);
		if (is_known)
			lease_cache_end(store->cache, rc == 0, out->count);
	}
	if (rc < 0)
		lease_list_clear(out);
	return rc;
}
