/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The colours of states on a terminal, and times: the same in every table. */
#ifndef PCITAG_CLI_OUTPUT_TEXT_H
#define PCITAG_CLI_OUTPUT_TEXT_H

#include <stdint.h>

#include "cli/output/table.h"
#include "flow/recover/reconcile.h"
#include "model/allocate/verdict.h"
#include "model/lease/lease.h"

enum colour verdict_colour(const struct verdict *verdict);
enum colour lease_colour(enum lease_state state);
enum colour outcome_colour(enum reconcile_outcome outcome);

#define LOCAL_TIME_LEN 32

/*
 * @when: seconds since the epoch
 * Returns @buf with "2026-11-21 04:14:23" in this host's zone, or "-" when @when is not a valid time.
 */
const char *local_time(int64_t when, char buf[static LOCAL_TIME_LEN]);

#endif
