/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of ours whose lease was lost: the links below /dev/pcitag still tell of them. */
#ifndef PCITAG_FLOW_ADOPT_H
#define PCITAG_FLOW_ADOPT_H

#include "base/error.h"
#include "flow/flow.h"
#include "host/lease_store.h"
#include "host/sysfs.h"

/*
 * Puts leases that cannot be understood aside when their domain does not run, and writes a new lease,
 * quarantined, for every link that no lease accounts for: so that what was lost is seen, kept from others,
 * and given back as soon as nobody has it open. What its drivers were before is not known: the kernel is to
 * choose.
 * Returns 0, also when there is nothing to do or when it cannot be told what belongs to whom (a lease of a
 * newer version, say), or -1.
 */
int adopt_lost(const struct flow *flow, struct lease_store *store, const struct sysfs *sysfs,
	       struct error *err);

#endif
