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

/* Writes the time as the files of held devices have it. Returns @buf. */
char *hold_format_now(char buf[static CLEANING_SINCE_LEN]);

enum { HOLD_CLEAN = 1 };

/*
 * Notes that the devices of @group were used: they leave the lease and stay with their driver. The caller has
 * found the group closed.
 * Returns 0; HOLD_CLEAN when they are to be cleaned: hold_begin_cleaning() is due when the lease is gone; or
 * -1 when it cannot be noted: the devices then stay in the lease, and must not be returned.
 * @at: receives the address that names them
 */
int hold_group(struct lease *lease, int group, struct pci_addr *at, struct error *err);

/*
 * Has systemd clean the held device at @addr, in a unit of its own, and does not wait for it. Returns 0, or
 * -1 when systemd does not begin it within seconds.
 */
int hold_begin_cleaning(const struct pci_addr *addr, struct error *err);

/*
 * Drops the members of @used that are other cards by now, follows those that are in another slot, and gives
 * the rest the groups of this boot. A serial number decides where both are known; without one, a card with
 * the same ids at the same address is the same card, and one that is not there stays.
 */
void hold_follow(struct lease *used, const struct topology *topology, const char *boot_id);

/*
 * Adds the used devices that are still there to @leases, so that no domain gets them. One that was replaced
 * by another card is not the same device. Fails when they cannot be read: then no
 * device may be chosen.
 */
int hold_add_used(const struct topology *topology, struct lease_list *leases, struct error *err);

#endif
