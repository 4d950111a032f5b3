/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lock_file.h"

#define FILE_NAME "counters"
/*
 * Every user may read the counters, and any process that can open a file can lock it. The lock is therefore
 * on a file that only root can open.
 */
#define LOCK_NAME "counters.lock"
#define LOCK_BYTE 0
/* Other processes hold the lock for two system calls. */
#define LOCK_MS 100

static const char magic[8] = "pcitagC1";

static const uint64_t bounds[] = COUNTER_BIND_BOUNDS;
_Static_assert(ARRAY_SIZE(bounds) + 1 == COUNTER_BIND_BUCKETS, "a bucket for each bound, and the rest");

/* Reads the file; all counters are 0 when there is none or it has another format. */
static void load(int fd, struct counters *out)
{
	memset(out, 0, sizeof(*out));
	if (pread(fd, out, sizeof(*out), 0) >= (ssize_t)offsetof(struct counters, driverless) &&
	    memcmp(out->magic, magic, sizeof(magic)) == 0)
		return;
	memset(out, 0, sizeof(*out));
	memcpy(out->magic, magic, sizeof(magic));
}

static int open_directory(const char *run, int *out, struct error *err)
{
	/* The directory may not exist yet: a start may be refused before any lease is written. */
	if (mkdir(run, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot create %s", run);
	*out = open(run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *out < 0 ? error_set(err, errno, "cannot open %s", run) : 0;
}

/* Closing *lock releases the lock. */
static int take_lock(int dir, const char *run, int *lock, struct error *err)
{
	pid_t holder;
	int rc;

	if (lock_file_open(dir, LOCK_NAME, lock, err) < 0)
		return -1;
	rc = lock_file_take(*lock, LOCK_BYTE, LOCK_MS, &holder, err);
	if (rc == LOCK_FILE_BUSY)
		return error_set(err, 0, "%s/" LOCK_NAME " is locked by process %d", run, (int)holder);
	return rc;
}

typedef void change_fn(struct counters *counters, int how, int64_t bind_ms);

static int change(const char *run, change_fn *apply, int how, int64_t bind_ms, struct error *err)
{
	CLEANUP_CLOSE int dir = -1, lock = -1, fd = -1;
	struct counters counters;

	if (open_directory(run, &dir, err) < 0 || take_lock(dir, run, &lock, err) < 0)
		return -1;
	fd = openat(dir, FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_set(err, errno, "cannot open %s/" FILE_NAME, run);
	load(fd, &counters);
	apply(&counters, how, bind_ms);
	if (pwrite(fd, &counters, sizeof(counters), 0) != (ssize_t)sizeof(counters))
		return error_set(err, errno, "cannot write %s/" FILE_NAME, run);
	return 0;
}

static void add_start(struct counters *counters, int how, int64_t bind_ms)
{
	size_t bucket = 0;

	counters->starts[how]++;
	if (how != COUNTER_START_READY || bind_ms < 0)
		return;
	while (bucket < ARRAY_SIZE(bounds) && (uint64_t)bind_ms > bounds[bucket])
		bucket++;
	counters->bind_buckets[bucket]++;
	counters->bind_ms += (uint64_t)bind_ms;
}

static void add_release(struct counters *counters, int how, int64_t bind_ms)
{
	(void)bind_ms;
	counters->releases[how]++;
}

static void add_driverless(struct counters *counters, int how, int64_t bind_ms)
{
	(void)how;
	(void)bind_ms;
	counters->driverless++;
}

int counters_add_start(const char *run, enum counter_start how, int64_t bind_ms, struct error *err)
{
	return change(run, add_start, (int)how, bind_ms, err);
}

int counters_add_release(const char *run, enum counter_release how, struct error *err)
{
	return change(run, add_release, (int)how, -1, err);
}

int counters_add_driverless(const char *run, struct error *err)
{
	return change(run, add_driverless, 0, -1, err);
}

void counters_read(const char *run, struct counters *out)
{
	CLEANUP_CLOSE int dir = open(run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_CLOSE int fd =
		dir < 0 ? -1 : openat(dir, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	load(fd, out);
}
