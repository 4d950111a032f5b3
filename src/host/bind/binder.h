/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Moves functions between drivers through sysfs and verifies the result. Both `driver_override` and
 * `drivers_probe` report success when no driver was bound (kernel: Documentation/ABI/testing/sysfs-bus-pci;
 * drivers/base/bus.c), so only the `driver` link read afterwards counts. Never writes new_id, remove, rescan
 * or sriov_numvfs. A member that stays on its driver and has a setting gets that.
 */
#ifndef PCITAG_HOST_BIND_BINDER_H
#define PCITAG_HOST_BIND_BINDER_H

#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/lease/lease.h"

/* Parameters common to binder_bind() and binder_restore(). */
struct binder {
	const struct sysfs *sysfs;
	int lock; /* descriptor of the lease store's lock file, -1 for none: see host/bind/device_lock.h */
	const char *drivers; /* binder_restore(): lease.drivers, or NULL */
};

/* Size of a driver's reason for refusing a function, including the NUL. */
#define BINDER_WHY_LEN 160

/* One function to move. */
struct binder_job {
	const struct lease_member *member;
	bool is_last_try;   /* binder_restore(): no later attempt follows when a driver refuses temporarily */
	bool is_done;	    /* nothing is left to do for this function */
	bool is_refused;    /* ... but its previous driver refused it: it has no driver */
	bool is_taken_back; /* ... but another process has rebound it: it was left as it is */
	bool is_full;	    /* binder_bind(): its card has no room for its setting; err->code is ESTALE */
	char why[BINDER_WHY_LEN]; /* the driver's reason */
	int64_t kernel_us;	  /* binder_bind(): time the kernel took to move it, in microseconds */
	struct pci_errors errors; /* binder_bind(): counted by the kernel until then */
};

/*
 * Binds every member to the driver named in its lease. The members are moved in parallel, each by a worker,
 * and every result is awaited. The first failure is reported with the function's address.
 * Before its first write, each worker verifies that the function still matches the lease (identity, group,
 * previous driver, setting; otherwise err->code is ESTALE) and that no process has the function's current
 * group open. A function that has another group after the last write was replaced in between: it gets the
 * driver that the kernel chooses, and err->code is ESTALE.
 */
int binder_bind(const struct binder *binder, struct binder_job *jobs, size_t count, struct deadline deadline,
		struct error *err);

/*
 * Restores the previous driver (or none) and the previous override of every member. A member whose previous
 * driver is unknown gets the driver that the kernel chooses. A member that had neither a driver nor an
 * override gets a driver that was loaded since, if one accepts it. When the previous driver refuses the
 * function or no longer exists, the function is left without a driver and with its previous override, and the
 * job is done. A function that is gone, or that now has a different identity or group, is not touched and
 * counts as returned.
 * The caller ensures that no group is open (vfio_group_probe()) and that no process hangs while moving a
 * member (device_lock_holder()).
 */
int binder_restore(const struct binder *binder, struct binder_job *jobs, size_t count,
		   struct deadline deadline, struct error *err);

#endif
