/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Moves functions between drivers through sysfs and proves it: both `driver_override` and
 * `drivers_probe` report success when nothing was bound (kernel:
 * Documentation/ABI/testing/sysfs-bus-pci; drivers/base/bus.c), so only the `driver`
 * link read afterwards counts. Never new_id, remove, rescan or sriov_numvfs.
 */
#ifndef PCITAG_HOST_BINDER_H
#define PCITAG_HOST_BINDER_H

#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "host/sysfs.h"
#include "model/lease.h"

/* Is the driver there to bind to? Its directory in sysfs covers modules and built-in drivers alike. */
bool binder_has_driver(const struct sysfs *sysfs, const char *driver);

/*
 * The names of all PCI drivers that the kernel has, as in lease.drivers. *out is for the caller to free; NULL
 * when they are more than a lease may note.
 */
int binder_list_drivers(const struct sysfs *sysfs, char **out, struct error *err);

/* What it works on. */
struct binder {
	const struct sysfs *sysfs;
	int lock;	     /* the lock file of the lease store, -1 for none: see host/device_lock.h */
	const char *drivers; /* giving back: lease.drivers, or NULL */
};

/* Longest word of a driver that refuses, with its NUL. */
#define BINDER_WHY_LEN 160

/* One function to move. */
struct binder_job {
	const struct lease_member *member;
	bool is_last_try;   /* binder_give_back(): a driver that refuses "not now" is not asked again later */
	bool is_done;	    /* it is where it was to go */
	bool is_refused;    /* ... but its previous driver did not take it: it has none */
	bool is_taken_back; /* ... by somebody else: driver and override are his, and were left alone */
	char why[BINDER_WHY_LEN]; /* what that driver said */
	int64_t kernel_us;	  /* binder_take(): how long the kernel took to move it, in microseconds */
};

/*
 * Binds every member to the driver its lease names. All at once, each in a worker; every
 * outcome is awaited. The first failure is reported with the function's address.
 * Before its first write each worker proves that the function still is what the lease says: identity, group,
 * previous driver (else err->code is ESTALE); and that nobody has the group open that it has now. One that
 * has another group after the last write was plugged in anew in between: it gets the driver that the kernel
 * chooses, and err->code is ESTALE.
 */
int binder_take(const struct binder *binder, struct binder_job *jobs, size_t count, struct deadline deadline,
		struct error *err);

/*
 * Gives every member back its previous driver (or none) and override; one whose previous driver is not
 * known goes to whatever driver the kernel chooses, and one that had neither driver nor override to a driver
 * that has come since and wants it. One whose previous driver does not take it, or is not there any more, is
 * left without a driver, with its previous override, and is done. A function that is gone, or has another
 * card's identity or another group by now, is not ours to touch and counts as given back. No group may be
 * open (ask vfio_group_probe() first), and nobody hang with a member (ask device_lock_holder()).
 */
int binder_give_back(const struct binder *binder, struct binder_job *jobs, size_t count,
		     struct deadline deadline, struct error *err);

#endif
