/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices assigned by pcitag whose lease was lost. The links below /dev/pcitag still identify them. */
#ifndef PCITAG_FLOW_RECOVER_LOST_LEASES_H
#define PCITAG_FLOW_RECOVER_LOST_LEASES_H

#include "base/error.h"
#include "flow/paths.h"
#include "host/pci/sysfs.h"
#include "host/store/lease_store.h"

/*
 * Renames lease files that cannot be parsed when their domain does not run (lease_store_set_aside()), and
 * writes a new, quarantined lease for every link that no lease accounts for. The lost devices are thus
 * reported, are not assigned to other domains, and are returned to the host as soon as no process has them
 * open. Their previous drivers are unknown; the kernel selects the driver.
 * Returns 0, also when there is nothing to do or when ownership cannot be determined (for example because of
 * a lease of a newer version), or -1 with *err set.
 */
int lost_leases_adopt(const struct paths *paths, struct lease_store *store, const struct sysfs *sysfs,
		      struct error *err);

#endif
