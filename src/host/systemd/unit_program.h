/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs pcitag-units (host/systemd/units_protocol.h) for one query about units of systemd. */
#ifndef PCITAG_HOST_SYSTEMD_UNIT_PROGRAM_H
#define PCITAG_HOST_SYSTEMD_UNIT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "host/systemd/units_protocol.h"
#include "model/units/unit_name.h"

/* What is known of a unit. */
struct unit_state {
	char name[UNIT_NAME_LEN]; /* as it was asked for */
	char id[UNIT_NAME_LEN];	  /* its own: @name may be an alias */
	char load[UNIT_STATE_LEN];
	char active[UNIT_STATE_LEN];
};

/* True when it runs or is about to: stopping it is to be undone. */
bool unit_state_is_active(const struct unit_state *state);

/*
 * Reads the states of units.
 * @units: each has its @name set, and receives the rest
 * @count: at most UNITS_ASKED_MAX; for 0, no program is run
 * Returns 0, also for units that do not exist (load is "not-found"), or -1.
 */
int unit_program_read(struct unit_state *units, size_t count, struct deadline deadline, struct error *err);

enum { UNIT_PROGRAM_FAILED = 1 };

/*
 * Stop or start a unit, and wait for it.
 * Returns 0, also when it already was as it is to be; UNIT_PROGRAM_FAILED with the unit and its state in
 * *err, also when the deadline has passed, after which systemd goes on by itself; or -1 when systemd could
 * not be asked.
 */
int unit_program_stop(const char *unit, struct deadline deadline, struct error *err);
int unit_program_start(const char *unit, struct deadline deadline, struct error *err);

/* Starts a unit, and does not wait for it: the deadline is for systemd's answer. Returns as above. */
int unit_program_queue(const char *unit, struct deadline deadline, struct error *err);

/*
 * Runs a service of Type=oneshot to its end. When the deadline has passed, it is stopped.
 * Returns 0 only when it has run from its beginning and ended with success; UNIT_PROGRAM_FAILED with the
 * unit and what happened instead in *err; or -1.
 */
int unit_program_run(const char *unit, struct deadline deadline, struct error *err);

#endif
