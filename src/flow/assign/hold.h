/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps devices from guests after their use, as the key `after_use` of their model says. */
#ifndef PCITAG_FLOW_ASSIGN_HOLD_H
#define PCITAG_FLOW_ASSIGN_HOLD_H

#include "base/error.h"
#include "model/lease/lease.h"
#include "model/pci/topology.h"

/* No guest has had the devices of @lease: they go back as if their models had no such key, and
 * no error is theirs. */
void hold_nothing(struct lease *lease);

/* True when a grant of the group says that the group is not to be returned: hold_group() is to be called. */
bool hold_is_due(const struct lease *lease, int group);

/*
 * Notes that the devices of @group were used: they leave the lease and stay with their driver. The caller has
 * found the group closed.
 * Fails when it cannot be noted: the devices then stay in the lease, and must not be returned.
 */
int hold_group(struct lease *lease, int group, struct error *err);

/*
 * Adds the used devices that are still there to @leases, so that no domain gets them. One that was replaced
 * by another card, or moved to another slot, is not the same device. Fails when they cannot be read: then no
 * device may be chosen.
 */
int hold_add_used(const struct topology *topology, struct lease_list *leases, struct error *err);

#endif
