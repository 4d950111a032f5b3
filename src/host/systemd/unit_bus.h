/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Units, as systemd tells of them on the system bus (systemd: org.freedesktop.systemd1(5)). Linked by
 * pcitag-units alone. Nothing here has a deadline: the program that runs it has.
 */
#ifndef PCITAG_HOST_SYSTEMD_UNIT_BUS_H
#define PCITAG_HOST_SYSTEMD_UNIT_BUS_H

#include "base/error.h"
#include "host/systemd/units_protocol.h"
#include "model/units/unit_name.h"

struct unit_bus; /* a connection */

/*
 * Connects to the system bus, at its fixed address: no variable of the environment chooses another.
 * @out: the caller closes it with unit_bus_close(). Returns 0, or -1.
 */
int unit_bus_open(struct unit_bus **out, struct error *err);
void unit_bus_close(struct unit_bus **bus);

struct unit_facts {
	char id[UNIT_NAME_LEN]; /* its own name: that of the unit behind an alias */
	char load[UNIT_STATE_LEN];
	char active[UNIT_STATE_LEN];
};

/* Reads the facts of a unit; systemd loads it if it has not. Returns 0, also for one that is not there, or
 * -1. */
int unit_bus_read(struct unit_bus *bus, const char *unit, struct unit_facts *out, struct error *err);

enum { UNIT_BUS_FAILED = 1 };

/*
 * Stops or starts a unit (StopUnit, StartUnit; mode "replace") and waits for the end of that job.
 * Returns 0; UNIT_BUS_FAILED with the job's result and the unit's state in *err; or -1.
 */
int unit_bus_stop(struct unit_bus *bus, const char *unit, struct error *err);
int unit_bus_start(struct unit_bus *bus, const char *unit, struct error *err);

/* Starts a unit without waiting for it. Returns 0 when systemd has accepted the job; UNIT_BUS_FAILED; or -1.
 */
int unit_bus_queue(struct unit_bus *bus, const char *unit, struct error *err);

/*
 * Runs a service of Type=oneshot to its end. A job of systemd is also "done" when the unit was active
 * already, when a condition of it did not hold, or when a process of another type has merely begun; none of
 * these counts. Returns 0 when its processes have run since, from first to last, and systemd calls the result
 * a success; UNIT_BUS_FAILED with what happened instead in *err; or -1.
 */
int unit_bus_run(struct unit_bus *bus, const char *unit, struct error *err);

#endif
