/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/lease_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "base/fileio.h"
#include "base/lock_file.h"
#include "host/lease_json.h"

/* A full lease of 64 requests with whole groups stays far below this. */
#define LEASE_FILE_MAX (1024 * 1024)
#define LEASE_SUFFIX ".json"

/* Opens @name below @parent. Only root may write there: its contents make us write to sysfs. */
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
		return error_set(err, 0, "%s must belong to root and be writable by nobody else", name);
	*out = take_fd(&fd);
	return 0;
}

int lease_store_open(const char *run, bool create, struct lease_store *out, struct error *err)
{
	struct lease_store store = { run, -1, -1 };
	int rc = open_dir(AT_FDCWD, run, create, &store.run_dir, err);

	if (rc == 0)
		rc = open_dir(store.run_dir, "leases", create, &store.leases_dir, err);
	if (rc != 0) {
		lease_store_close(&store);
		return rc;
	}
	*out = store;
	return 0;
}

void lease_store_close(struct lease_store *store)
{
	if (store->leases_dir >= 0)
		(void)close(store->leases_dir);
	if (store->run_dir >= 0)
		(void)close(store->run_dir);
	*store = LEASE_STORE_CLOSED;
}

int lease_store_lock(const struct lease_store *store, int timeout_ms, int *fd, struct error *err)
{
	return lock_file_take(store->run_dir, "lock", timeout_ms, fd, err);
}

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
	if (lease_from_json(text, len, out, err) < 0)
		return error_prefix(err,
				    "lease %s/leases/%s cannot be understood; when that domain does not run, "
				    "remove the file",
				    store->run, name);
	if (strncmp(name, out->uuid, strlen(out->uuid)) != 0 ||
	    strlen(name) != UUID_LEN - 1 + strlen(LEASE_SUFFIX)) {
		lease_clear(out);
		return error_set(err, 0,
				 "lease %s/leases/%s is of another domain than its name says; remove it",
				 store->run, name);
	}
	return 0;
}

int lease_store_load(const struct lease_store *store, const char *uuid, struct lease *out, struct error *err)
{
	char name[NAME_MAX];

	file_name(uuid, name);
	return load_file(store, name, out, err);
}

static int is_lease(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, LEASE_SUFFIX) == 0;
}

int lease_store_load_all(const struct lease_store *store, struct lease_list *out, struct error *err)
{
	struct dirent **entries = NULL;
	int count = scandirat(store->leases_dir, ".", &entries, is_lease, alphasort);
	int rc = 0;

	*out = (struct lease_list){ 0 };
	if (count < 0)
		return error_set(err, errno, "cannot list the leases");
	for (int i = 0; i < count; i++) {
		struct lease lease = { 0 };

		if (rc >= 0)
			rc = load_file(store, entries[i]->d_name, &lease, err);
		if (rc == 0)
			rc = lease_list_add(out, &lease, err);
		free(entries[i]);
	}
	free(entries);
	if (rc < 0) {
		lease_list_clear(out);
		return -1;
	}
	return 0;
}
