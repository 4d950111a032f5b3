/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A point in time at which waiting ends (monotonic clock, milliseconds). */
#ifndef PCITAG_BASE_DEADLINE_H
#define PCITAG_BASE_DEADLINE_H

#include <stdint.h>
#include <time.h>

struct deadline {
	int64_t at_ms;
};

static inline int64_t clock_now_us(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline int64_t clock_now_ms(clockid_t clock)
{
	return clock_now_us(clock) / 1000;
}

static inline int64_t clock_ms(void)
{
	return clock_now_ms(CLOCK_MONOTONIC);
}

/* Milliseconds since boot, including suspended time, for values that outlive a process; cannot be set. */
static inline int64_t clock_boottime_ms(void)
{
	return clock_now_ms(CLOCK_BOOTTIME);
}

static inline int64_t clock_us(void)
{
	return clock_now_us(CLOCK_MONOTONIC);
}

static inline struct deadline deadline_in(int ms)
{
	return (struct deadline){ clock_ms() + ms };
}

/* Returns the milliseconds left, 0 when the deadline has passed; suitable for poll(2). */
static inline int deadline_left(struct deadline deadline)
{
	int64_t left = deadline.at_ms - clock_ms();

	return left > 0 ? (int)left : 0;
}

static inline void sleep_ms(int ms)
{
	struct timespec pause = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&pause, NULL);
}

#endif
