/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What udev is told of devices that are held after their use: an empty directory for each of their functions,
 * /var/lib/pcitag/hidden/<address>, and nvme-<serial> for an NVMe controller whose serial number is known:
 * its disks may belong to a subsystem of several controllers, and then to no PCI function. After a reboot,
 * and while they are cleaned, their own driver has them, and a rule (etc/pcitag.rules) keeps the host from
 * using what a guest has written to a disk below such a function.
 */
#ifndef PCITAG_HOST_STORE_HIDDEN_DEVICES_H
#define PCITAG_HOST_STORE_HIDDEN_DEVICES_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/lease/lease.h"

/* Hides the members of @used, durably. */
int hidden_devices_add(const struct lease *used, struct error *err);

/*
 * Shows the members of @used again, and lets udev look at their disks anew, as far as there are any.
 * A failure leaves some hidden.
 */
int hidden_devices_remove(const struct sysfs *sysfs, const struct lease *used, struct error *err);

/* Shows what is no member of @list: a crash has left it hidden. */
int hidden_devices_sweep(const struct sysfs *sysfs, const struct lease_list *list, struct error *err);

#endif
