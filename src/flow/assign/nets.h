/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What network cards' virtual functions are told while they are lent: MAC address, VLAN and so on, as the
 * model or the domain says. What a function had before is in the lease, on disk, before it is changed. It is
 * put back before the function returns to its driver (restore.h). A domain without such settings pays
 * nothing.
 */
#ifndef PCITAG_FLOW_ASSIGN_NETS_H
#define PCITAG_FLOW_ASSIGN_NETS_H

#include <stdbool.h>

#include "base/deadline.h"
#include "base/error.h"
#include "flow/assign/host_state.h"

/* True when the choice in host->allocation needs nets_choose() and nets_apply(). */
bool nets_are_named(const struct host_state *host, const struct domain *domain);

/*
 * Adds to @lease, which is @domain's, what the functions of the choice in host->allocation are to be told. Of
 * what they have now nothing is read.
 * Returns 0, or -1 with *err.
 */
int nets_plan(const struct host_state *host, const struct domain *domain, struct lease *lease,
	      struct error *err);

/*
 * The same, with what the functions have now, for a start. The caller holds no lock but the domain's.
 * Fails, with what to do in *err, for a device that is no virtual function, one whose physical function has
 * no interface or one that is down, for a setting that the driver does not tell, so that it could not be put
 * back, and for an address that another virtual function of this host has.
 */
int nets_choose(const struct sysfs *sysfs, const struct host_state *host, const struct domain *domain,
		struct lease *lease, struct deadline deadline, struct error *err);

/*
 * Sets what @lease, which is on disk, says, reads it back, and looks once more whether another function has
 * an address: of two starts at the same time, one sees what the other has set. The caller holds the domain's
 * lock, and undoes it after a failure.
 */
int nets_apply(const struct sysfs *sysfs, const struct lease *lease, struct deadline deadline,
	       struct error *err);

/* Whether the functions of a group can be touched. */
typedef bool nets_free_fn(const void *context, int group);

/*
 * Puts back what the functions of free groups had before, and takes it out of @lease; the file of the lease
 * is the caller's. While a function is on the driver of the lease, everything that was set is put back,
 * whatever it is now: the guest may have changed it. On another driver, only what still is as it was set: the
 * rest was changed by another program, and is logged. What went with its physical function's interface
 * needs nothing.
 * It takes a few seconds at most.
 * Returns 0, or -1 with *err, the first failure: what could not be put back stays in @lease, and its function
 * must not be returned.
 */
int nets_undo(const struct sysfs *sysfs, struct lease *lease, nets_free_fn *is_free, const void *context,
	      struct error *err);

#endif
