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
 * Binds every member to the driver its lease names. All at once, each in a worker; every
 * outcome is awaited. The first failure is reported with the function's address.
 */
int binder_take(const struct sysfs *sysfs, const struct lease_member *members, size_t count,
		struct deadline deadline, struct error *err);

/*
 * Gives every member back its previous driver (or none) and override. A function that is
 * gone, or has another card's identity by now, is not ours to touch and counts as given
 * back. No group may be open: ask vfio_group_probe() first.
 */
int binder_give_back(const struct sysfs *sysfs, const struct lease_member *members, size_t count,
		     struct deadline deadline, struct error *err);

#endif
