/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back, shared by release and by a prepare that failed. */
#ifndef PCITAG_FLOW_GIVE_BACK_H
#define PCITAG_FLOW_GIVE_BACK_H

#include "base/deadline.h"
#include "base/error.h"
#include "host/lease_store.h"
#include "host/sysfs.h"
#include "model/lease.h"

/*
 * Takes the links away, waits until nobody has the groups open, puts every member back to
 * its previous driver and override, and removes the lease. Whatever goes wrong, the rest
 * is still done; then the lease stays for what is left, quarantined, with the reason in its note.
 * @lease: changed along the way: what is back is struck off
 * Returns 0, or -1 with the first thing that went wrong.
 */
int give_back(const struct sysfs *sysfs, const struct lease_store *store, struct lease *lease,
	      struct deadline deadline, struct error *err);

#endif
