/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Units of systemd that must let go of a device (`stop_units` of its model), and those that run while it is
 * assigned (`start_units`). What is done to them is in the lease, on disk, before it is done; it is undone in
 * reverse order when the devices are back (restore.h). A domain whose models name no units pays nothing.
 */
#ifndef PCITAG_FLOW_ASSIGN_UNITS_H
#define PCITAG_FLOW_ASSIGN_UNITS_H

#include <stdbool.h>

#include "base/deadline.h"
#include "base/error.h"
#include "flow/assign/host_state.h"

/*
 * True when a request of @host's allocation, which was refused, has a device that only processes hold, and
 * whose model has `stop_units`: units_look() may show that it can be had.
 */
bool units_may_help(const struct host_state *host);

/*
 * Looks for all processes that hold devices in host->topology, and for the units that they depend on
 * (host/in_use/unit_holders.h); asks systemd about `stop_units`. The caller holds no lock. From then on
 * the allocator sees which devices can be had (allocator_lets_go()); other held ones name the process that no
 * unit accounts for.
 * Returns 0, or -1 with *err: the devices stay in use.
 */
int units_look(const struct paths *paths, const struct sysfs *sysfs, struct host_state *host,
	       struct error *err);

/*
 * For a start or an attach of @domain that is refused: looks whether units may let go of a device. Nothing is
 * stopped. The caller holds no lock.
 * Returns true when it is to choose once more: leases and choice are then taken back. A failure is logged.
 */
bool units_give_choice(const struct paths *paths, const struct sysfs *sysfs, struct host_state *host,
		       const char *domain);

/* True when the choice in host->allocation needs units_choose() and units_apply(). */
bool units_are_named(const struct host_state *host, const struct domain *domain);

/*
 * Adds to @lease the units for the choice in host->allocation, in the order in which they are to be stopped
 * and started. The caller holds no lock but the domain's. Only units that hold a device of the choice, and
 * that systemd says are active, are stopped; only units that are not active are started, and those that
 * another lease has started.
 * Returns 0, or -1 with *err.
 */
int units_choose(const struct host_state *host, const struct domain *domain, struct lease *lease,
		 struct error *err);

/*
 * Stops and starts the units of @lease, which is on disk, and waits until no process that was found holds a
 * device of the choice in host->allocation. The caller holds the domain's lock.
 * Returns 0, or -1 with *err naming the unit and its state, or who still has a device; units_undo() then
 * undoes it.
 */
int units_apply(const struct paths *paths, const struct sysfs *sysfs, const struct host_state *host,
		const struct domain *domain, const struct lease *lease, struct deadline deadline,
		struct error *err);

/*
 * Undoes it in reverse order, after the lease's devices are back: starts what was stopped, and stops what was
 * started unless another lease has it. What cannot be undone is logged, and is no failure. The lease has no
 * units afterwards; its file is the caller's.
 * @deadline: for all of it; each unit has a few seconds in any case
 */
void units_undo(const struct lease_store *store, struct lease *lease, struct deadline deadline);

/* Why a unit that units_choose() has added is stopped. */
struct unit_reason {
	const char *listed; /* its name in the registry, which may be an alias */
	const struct unit_holder
		*holder;   /* a process that has a node open; NULL for a unit that is started */
	bool ends_session; /* a graphical session ends with it */
	uid_t uid;	   /* of that session */
};

/* The reason points into @host. */
void units_explain(const struct host_state *host, const struct lease_unit *unit, struct unit_reason *out);

#endif
