/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices that are being attached to or detached from a running domain. Their grants are in the domain's own
 * lease, so that everything is returned when it ends. Each has a group of its own, because a group that the
 * domain holds is not assigned again. A grant that is returned while the domain runs is first moved to a
 * lease of its own: whatever happens to it, including quarantine, the rest does not change.
 */
#ifndef PCITAG_FLOW_RECOVER_ATTACHMENT_H
#define PCITAG_FLOW_RECOVER_ATTACHMENT_H

#include "base/error.h"
#include "flow/assign/restore.h"
#include "host/pci/sysfs.h"
#include "host/store/lease_store.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"

/*
 * Returns the devices of grant @index to the host. The caller holds the lock of the lease's domain.
 * @lease: the grant is removed from it and from its file; the file is removed when nothing is left
 * Returns 0, or -1 with *err: the devices are quarantined, or nothing changed as no lease could be written.
 */
int attachment_restore(const struct sysfs *sysfs, struct lease_store *store, struct lease *lease,
		       size_t index, struct patience patience, struct error *err);

/* Returns true when the lease contains a grant that was not made at the domain's start. */
bool attachment_is_any(const struct lease *lease);

/*
 * Completes what an interrupted process began, and detects devices that the guest has released meanwhile,
 * whoever requested it. The caller holds both locks of the lease's domain: no other process attaches or
 * detaches. What libvirt has in the domain stays there, open or not, because the guest's QEMU may close it at
 * any time; a device that was being attached then counts as attached. Any other never reached the guest or
 * has left it, and is returned as soon as no process has its group open.
 * @live: the domain, as libvirt reported it after the first of the locks was taken
 * Returns 0, or -1 with *err when something could not be returned.
 */
int attachment_settle(const struct sysfs *sysfs, struct lease_store *store, struct lease *lease,
		      const struct domain *live, struct patience patience, struct error *err);

#endif
