/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Returns devices to the host. Shared by release, by a prepare that failed, and by reconcile. */
#ifndef PCITAG_FLOW_ASSIGN_RESTORE_H
#define PCITAG_FLOW_ASSIGN_RESTORE_H

#include <limits.h>
#include <stdbool.h>

#include "base/deadline.h"
#include "base/error.h"
#include "flow/paths.h"
#include "host/pci/sysfs.h"
#include "host/store/lease_store.h"
#include "model/lease/lease.h"
#include "model/registry/settings.h"

/* Timeouts for returning devices. */
struct patience {
	struct deadline groups; /* for other processes to close a group */
	struct deadline all;	/* for everything, including the drivers */
	bool is_last; /* no reconcile will retry: a driver that refuses for now counts as one that refuses */
};

/*
 * Reads the settings. When the file is broken, logs a warning, and @out has the defaults.
 * Returns 0, or -1 with *err.
 */
int restore_settings(const struct paths *paths, struct settings *out, struct error *err);

/* Returns the setting release_timeout in milliseconds; the default when the file is broken. */
int restore_timeout_ms(const struct paths *paths);

/* For @groups_ms: how long to wait for processes to close a group. */
enum {
	RESTORE_AT_ONCE = 0,
	/*
	 * For processes that exit by themselves: a worker whose program was killed stays in the kernel until
	 * its driver is done, a QEMU until its files are closed. These seconds, more than drivers need for a
	 * probe, including those of large network cards, tell them from one that hangs.
	 */
	RESTORE_EXIT_MS = 5000,
	RESTORE_LONG = INT_MAX,
};

/* @timeout_ms is for everything: at most two thirds for groups to be closed, the rest for the drivers. */
struct patience restore_patience(int timeout_ms, int groups_ms);

enum {
	RESTORE_DRIVERLESS = 1, /* restore_lease() */
	RESTORE_OBSTRUCTED,	/* restore_obstacle() */
};

/*
 * Removes the links; drops members that no longer exist or were plugged in again (they have another group,
 * are no longer pcitag's, and are left unchanged); waits until no process has the groups open; restores every
 * member's previous driver and driver override; undoes what was done to units of systemd (units.h); and
 * removes the lease. After a failure it continues with the rest; the lease then stays for what is left,
 * quarantined, with the reason in its note: what hangs, which process has it open, what to do. The caller
 * holds the lock of the lease's domain.
 * @lease: updated on the way: members that are returned are removed from it
 * A function that its previous driver does not accept any more (a device without a working reset, after some
 * guests) is left without a driver, with its previous driver override, and is removed from the lease, too.
 * Returns 0; RESTORE_DRIVERLESS with *err naming the first such function; or -1 with *err, the first failure.
 */
int restore_lease(const struct sysfs *sysfs, const struct lease_store *store, struct lease *lease,
		  struct patience patience, struct error *err);

/*
 * Reports what would prevent the members that are still pcitag's from being returned now. Changes nothing.
 * Returns 0, or RESTORE_OBSTRUCTED with *err: who has a group open or hangs in the kernel, and what to do.
 */
int restore_obstacle(const struct sysfs *sysfs, const struct lease_store *store, const struct lease *lease,
		     struct error *err);

#endif
