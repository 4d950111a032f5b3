/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counters of starts and releases by outcome since the host was booted, for `pcitag metrics`. <run>/counters
 * has one struct counters in its memory layout, read and written as a whole. The lock (fcntl(2)) is on
 * <run>/counters.lock, which only root can open. A file of another format is read as empty and overwritten;
 * no more than the numbers is lost.
 */
#ifndef PCITAG_HOST_STORE_COUNTERS_H
#define PCITAG_HOST_STORE_COUNTERS_H

#include <stdint.h>

#include "base/error.h"

/* How a start ended. */
enum counter_start {
	COUNTER_START_READY,
	COUNTER_START_REFUSED,
	COUNTER_START_FAILED,
	COUNTER_STARTS, /* number of outcomes */
};

/* How a release ended. */
enum counter_release {
	COUNTER_RELEASE_DONE,
	COUNTER_RELEASE_FAILED,
	COUNTER_RELEASES,
};

/* Upper bounds of the binding times, in milliseconds. One more bucket counts longer times. */
#define COUNTER_BIND_BOUNDS                                       \
	{                                                         \
		50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000 \
	}
#define COUNTER_BIND_BUCKETS 10

struct counters {
	char magic[8]; /* identifies the layout; a new layout gets a new value */
	uint64_t starts[COUNTER_STARTS];
	uint64_t releases[COUNTER_RELEASES];
	uint64_t bind_ms; /* sum of all buckets */
	uint64_t bind_buckets[COUNTER_BIND_BUCKETS];
	/* Later additions are at the end; a file without them is read as if they were 0. */
	uint64_t driverless; /* functions returned without their driver */
};

/*
 * Counts one start.
 * @bind_ms: how long moving its devices took, in milliseconds, counted for COUNTER_START_READY; negative when
 *           the start moved none
 * Waits for the lock at most briefly. A failure has no other effect: the caller continues.
 */
int counters_add_start(const char *run, enum counter_start how, int64_t bind_ms, struct error *err);

int counters_add_release(const char *run, enum counter_release how, struct error *err);

/* Counts one function that its driver refused on return. */
int counters_add_driverless(const char *run, struct error *err);

/* Reads the counters; all are 0 when the file is missing or has another format. */
void counters_read(const char *run, struct counters *out);

#endif
