/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cleanings that no process will begin or end any more: those that are due, and those that were cut short. */
#ifndef PCITAG_FLOW_RECOVER_CLEANING_H
#define PCITAG_FLOW_RECOVER_CLEANING_H

#include "host/pci/sysfs.h"
#include "host/store/lease_store.h"

/*
 * Has systemd begin what is due. A cleaning that the end of the host cut short is due again; one whose
 * process was killed has failed, and is not repeated: an administrator is to look at it. The caller does not
 * hold the store's lock. Failures are logged, once: nothing is given to a guest because of one.
 */
void cleaning_reconcile(struct lease_store *store, const struct sysfs *sysfs);

#endif
