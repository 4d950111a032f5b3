/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats times in the local time zone. */
#ifndef PCITAG_CLI_OUTPUT_LOCAL_TIME_H
#define PCITAG_CLI_OUTPUT_LOCAL_TIME_H

#include <stdint.h>

#define LOCAL_TIME_LEN 32

/*
 * @when: seconds since the epoch
 * Returns @buf with "2026-11-21 04:14:23" in this host's zone, or "-" when @when is not a valid time.
 */
const char *local_time(int64_t when, char buf[static LOCAL_TIME_LEN]);

#endif
