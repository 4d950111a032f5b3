/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back, shared by release, by a prepare that failed, and by reconcile. */
#ifndef PCITAG_FLOW_GIVE_BACK_H
#define PCITAG_FLOW_GIVE_BACK_H

#include <stdbool.h>

#include "base/deadline.h"
#include "base/error.h"
#include "flow/flow.h"
#include "host/lease_store.h"
#include "host/sysfs.h"
#include "model/lease.h"

/* How long giving back may take. */
struct patience {
	struct deadline groups; /* for whoever has a group open to close it */
	struct deadline all;	/* for everything, drivers included */
	bool is_last;		/* no reconcile will try again: a driver that refuses "not now" has refused */
};

/* The setting release_timeout, in milliseconds; its default, and a warning, when the file is broken. */
int give_back_timeout_ms(const struct flow *flow);

/* @timeout_ms for everything; two thirds of it go to waiting for others, the rest is for the drivers. */
struct patience patience_of(int timeout_ms);

/* The same without waiting for anybody to close a group. */
struct patience patience_without_waiting(int timeout_ms);

/*
 * The same, waiting for what ends by itself: a worker whose program was killed is in the kernel until the
 * driver has said yes or no, and a QEMU until it has closed its files. A few seconds tell it from what hangs.
 */
struct patience patience_for_the_dying(int timeout_ms);

/* Of give_back() */
#define GIVE_BACK_DRIVERLESS 1

/*
 * Takes the links away, strikes off members that are gone or were plugged in anew (another group: not ours
 * any more, and left as they are), waits until nobody has the groups open, puts every member back to its
 * previous driver and override, and removes the lease. Whatever goes wrong, the rest is still done; then the
 * lease stays for what is left, quarantined, with the reason in its note: what hangs, which process has it
 * open, what to do. The caller holds the lock of the lease's domain.
 * @lease: changed along the way: what is back is struck off
 * A function that its previous driver does not take any more (a device without a working reset, after some
 * guests) is left without a driver, with its previous override, and struck off, too.
 * Returns 0, GIVE_BACK_DRIVERLESS with *err naming the first such function, or -1 with the first thing that
 * went wrong.
 */
int give_back(const struct sysfs *sysfs, const struct lease_store *store, struct lease *lease,
	      struct patience patience, struct error *err);

#define GIVE_BACK_OBSTRUCTED 1

/*
 * What would keep members, those that are still ours, from going back now. Changes nothing. Returns 0, or
 * GIVE_BACK_OBSTRUCTED with *err saying which process has a group open, or hangs in the kernel with a member,
 * and what to do.
 */
int give_back_obstacle(const struct sysfs *sysfs, const struct lease_store *store, const struct lease *lease,
		       struct error *err);

#endif
