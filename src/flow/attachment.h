/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices on their way into a running domain and out of it. Their grants stand in the domain's own lease, so
 * that its end gives everything back; each has a group of its own, because a group that the domain holds
 * already is not lent again. What has to go back while the domain runs becomes a lease of its own first:
 * whatever becomes of it, quarantine included, the rest of the domain's lease is not touched.
 */
#ifndef PCITAG_FLOW_ATTACHMENT_H
#define PCITAG_FLOW_ATTACHMENT_H

#include "base/error.h"
#include "flow/give_back.h"
#include "host/lease_store.h"
#include "host/sysfs.h"
#include "model/domain.h"
#include "model/lease.h"

/*
 * Gives back what grant @index holds. The caller holds the lock of the lease's domain.
 * @lease: shrinks, and its file with it, which is removed when nothing is left
 * Returns 0, or -1 with *err: quarantined, or nothing changed when no lease could be written.
 */
int attachment_give_back(const struct sysfs *sysfs, struct lease_store *store, struct lease *lease,
			 size_t index, struct patience patience, struct error *err);

/* Is there anything in it that did not come with the start? */
bool attachment_is_any(const struct lease *lease);

/*
 * Ends what a process that died has begun, and notices what the guest has let go of meanwhile, whoever asked
 * it. The caller holds both locks of the lease's domain, so nobody is at it. As long as libvirt has the
 * device in the domain it stays there, open or not, for the guest's QEMU closes what it likes: one that was
 * being attached is attached then. Otherwise the device never reached the guest, or has left it, and goes
 * back as soon as nobody has its group open.
 * @live: the domain, as libvirt said after the first of the locks was taken
 * Returns 0, or -1 with *err when something could not go back.
 */
int attachment_settle(const struct sysfs *sysfs, struct lease_store *store, struct lease *lease,
		      const struct domain *live, struct patience patience, struct error *err);

#endif
