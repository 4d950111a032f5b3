/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/named_locks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/deadline.h"

static struct named_lock *find(const struct named_locks *locks, const char *name)
{
	for (size_t i = 0; i < locks->count; i++) {
		if (strcmp(locks->items[i].name, name) == 0)
			return &locks->items[i];
	}
	return NULL;
}

/*
 * The holder of a lock removes the lock's file. No other process can open that file afterwards, so a lock on
 * it excludes none.
 */
static bool is_removed(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || st.st_nlink == 0;
}

/* Returns 0, LOCK_FILE_BUSY or -1. */
static int open_and_take(int dir, const char *name, int timeout_ms, int *out, pid_t *holder,
			 struct error *err)
{
	struct deadline deadline = deadline_in(timeout_ms);

	for (;;) {
		CLEANUP_CLOSE int fd = -1;
		int rc = lock_file_open(dir, name, &fd, err);

		if (rc == 0)
			rc = lock_file_take(fd, 0, deadline_left(deadline), holder, err);
		if (rc != 0)
			return rc;
		if (!is_removed(fd)) {
			*out = take_fd(&fd);
			return 0;
		}
	}
}

int named_locks_take(struct named_locks *locks, const char *name, int timeout_ms, pid_t *holder,
		     struct error *err)
{
	struct named_lock *grown, lock = { .fd = -1 };
	int rc;

	/* Opening the lock file again and closing that descriptor would drop the lock (fcntl(2)). */
	if (find(locks, name)) {
		*holder = getpid();
		return LOCK_FILE_BUSY;
	}
	if (strlen(name) >= sizeof(lock.name))
		return error_set(err, ENAMETOOLONG, "cannot open the lock file %s", name);
	strcpy(lock.name, name);
	grown = array_grow(locks->items, locks->count, sizeof(*grown));
	if (!grown)
		return error_set(err, ENOMEM, "cannot take a lock");
	locks->items = grown;
	rc = open_and_take(locks->dir, name, timeout_ms, &lock.fd, holder, err);
	if (rc == 0)
		grown[locks->count++] = lock;
	return rc;
}

static void let_go(struct named_locks *locks, struct named_lock *lock)
{
	(void)unlinkat(locks->dir, lock->name, 0);
	(void)close(lock->fd);
	*lock = locks->items[--locks->count];
}

void named_locks_drop(struct named_locks *locks, const char *name)
{
	struct named_lock *lock = find(locks, name);

	if (lock)
		let_go(locks, lock);
}

void named_locks_clear(struct named_locks *locks)
{
	while (locks->count)
		let_go(locks, &locks->items[locks->count - 1]);
	free(locks->items);
	if (locks->dir >= 0)
		(void)close(locks->dir);
	*locks = NAMED_LOCKS_NONE;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int named_locks_sweep(struct named_locks *locks, struct error *err)
{
	struct dirent **entries = NULL;
	int count = scandirat(locks->dir, ".", &entries, is_file, NULL);

	if (count < 0)
		return error_set(err, errno, "cannot list the locks");
	for (int i = 0; i < count; i++) {
		pid_t holder;

		if (!find(locks, entries[i]->d_name) &&
		    named_locks_take(locks, entries[i]->d_name, 0, &holder, NULL) == 0)
			named_locks_drop(locks, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}
