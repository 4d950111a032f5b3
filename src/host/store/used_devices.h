/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The devices that are kept from guests since their last one (the registry's key `after_use`): one file for
 * each IOMMU group, /var/lib/pcitag/used/<address>.json, with the format of a lease in state "held". It
 * survives a reboot. Writers hold the lock of a lease that contains the device, or the store's lock.
 */
#ifndef PCITAG_HOST_STORE_USED_DEVICES_H
#define PCITAG_HOST_STORE_USED_DEVICES_H

#include "base/error.h"
#include "model/lease/lease.h"

/* Where they are. */
#define USED_DEVICES_DIR "/var/lib/pcitag/used"

/*
 * Writes @used durably, in place of an earlier file about the same device.
 * @used: has a grant; the address of the first one names the file
 */
int used_devices_save(const struct lease *used, struct error *err);

/* Removes the file of @used durably. Succeeds when there is none. */
int used_devices_remove(const struct lease *used, struct error *err);

/* After a boot: makes them known to whoever lists the leases (LEASE_STORE_USED), if there are any. */
int used_devices_announce(struct error *err);

/*
 * Adds the used devices to @out, ordered by address; none without the directory. Fails when a file cannot be
 * read or understood: its device is unknown, and so no device may be chosen. The caller frees @out, also
 * after a failure.
 */
int used_devices_load(struct lease_list *out, struct error *err);

#endif
