/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices that a domain names by address itself: a native <hostdev>, an NVMe disk, a network card of a pool.
 * They must not meet devices that pcitag has assigned, in either direction.
 */
#ifndef PCITAG_FLOW_ASSIGN_HOSTDEV_GUARD_H
#define PCITAG_FLOW_ASSIGN_HOSTDEV_GUARD_H

#include "flow/paths.h"
#include "host/pci/sysfs.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"

/*
 * Refuses a domain that names, by address, a device that another domain's lease owns, alone or with its group
 * (lease_list_find_owner()), or whose physical or virtual function that lease owns: libvirt would hang in its
 * unbind (kernel: drivers/vfio/vfio_main.c, vfio_unregister_group_dev). It also refuses a domain that names
 * another function of a card that is assigned to one domain only (model/allocate/card.h).
 * Returns 0, FLOW_REFUSED or -1.
 */
int hostdev_guard_check(const struct sysfs *sysfs, const struct lease_list *leases,
			const struct domain *domain, struct error *err);

/*
 * The same when not all leases can be read, for the reason in @unreadable: refuses the domain when any
 * process has the group of a device that the domain names open.
 */
int hostdev_guard_check_open(const struct sysfs *sysfs, const struct domain *domain,
			     const struct error *unreadable, struct error *err);

/* Records the devices that the domain names by address in @lease: no other domain gets their groups. */
int hostdev_guard_note(const struct sysfs *sysfs, const struct domain *domain, struct lease *lease,
		       struct error *err);

#endif
