/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How often starts and releases went which way since the host was booted, for `pcitag metrics`:
 * <run>/counters, one struct counters as it is in memory, read and written whole under a lock of its own
 * (fcntl(2)), which is in <run>/counters.lock: that file is root's alone. A file of counters that is not ours
 * is counted as empty, and written over: numbers are lost then, and nothing else.
 */
#ifndef PCITAG_HOST_COUNTERS_H
#define PCITAG_HOST_COUNTERS_H

#include <stdint.h>

#include "base/error.h"

/* How a start ended. */
enum counter_start {
	COUNTER_START_READY,
	COUNTER_START_REFUSED,
	COUNTER_START_FAILED,
	COUNTER_STARTS, /* how many there are */
};

/* How a release ended. */
enum counter_release {
	COUNTER_RELEASE_DONE,
	COUNTER_RELEASE_FAILED,
	COUNTER_RELEASES,
};

/* Upper bounds of the times that binding takes, in milliseconds; what takes longer counts in one more. */
#define COUNTER_BIND_BOUNDS                                       \
	{                                                         \
		50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000 \
	}
#define COUNTER_BIND_BUCKETS 10

struct counters {
	char magic[8]; /* the layout has a name, and a new one another */
	uint64_t starts[COUNTER_STARTS];
	uint64_t releases[COUNTER_RELEASES];
	uint64_t bind_ms; /* sum of all buckets */
	uint64_t bind_buckets[COUNTER_BIND_BUCKETS];
	/* What came later stands at the end: a file without it is read as if it were 0. */
	uint64_t driverless; /* functions given back without their driver */
};

/*
 * Counts one start. @bind_ms: how long moving its devices took, counted for COUNTER_START_READY; negative
 * when there were none. Waits for nobody longer than a moment. Fails without consequences: the caller goes
 * on.
 */
int counters_add_start(const char *run, enum counter_start how, int64_t bind_ms, struct error *err);

int counters_add_release(const char *run, enum counter_release how, struct error *err);

/* Counts one function that its driver did not take back. */
int counters_add_driverless(const char *run, struct error *err);

/* Reads them; all 0 when there are none, or none that can be understood. */
void counters_read(const char *run, struct counters *out);

#endif
