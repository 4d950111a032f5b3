/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times as people read them. */
#ifndef PCITAG_CLI_LOCAL_TIME_H
#define PCITAG_CLI_LOCAL_TIME_H

#include <stdint.h>

#define LOCAL_TIME_LEN 32

/* @when, seconds since the epoch, as "2026-11-21 04:14:23" in this host's zone; "-" when it is no time. */
const char *local_time(int64_t when, char buf[static LOCAL_TIME_LEN]);

#endif
