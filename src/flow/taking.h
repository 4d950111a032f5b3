/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking what was chosen away from the host: the same for a start and for a domain that runs. */
#ifndef PCITAG_FLOW_TAKING_H
#define PCITAG_FLOW_TAKING_H

#include "flow/plan.h"

/*
 * Gives back what domains that died left behind: it may be just what the domain @uuid, called @name, needs.
 * A failure is not that domain's: it is logged.
 */
void taking_reconcile_others(const struct flow *flow, struct lease_store *store, const struct sysfs *sysfs,
			     const char *uuid, const char *name, int timeout_ms);

/*
 * Is every driver there that members of @lease, which has a grant at least, are to be bound to?
 * @missing: receives the first that is not, "" otherwise
 * Returns 0, or FLOW_REFUSED with *err.
 */
int taking_check_drivers(const struct sysfs *sysfs, const struct lease *lease,
			 char missing[static PCI_DRIVER_LEN], struct error *err);

/* Has the driver's module loaded; its directory in sysfs says whether that helped. Returns 0 or FLOW_REFUSED.
 */
int taking_load_driver(const struct sysfs *sysfs, const char *driver, int timeout_ms);

/*
 * Binds every member of @lease, which is on disk, to its driver, and proves that its groups can go into a
 * guest. The caller holds the lock of the lease's domain. After a failure all of it must be given back.
 * @kernel_us: receives for how many microseconds the kernel was at it: the slowest member's, for they are
 *             moved side by side
 */
int taking_bind(const struct sysfs *sysfs, const struct lease_store *store, const struct lease *lease,
		int timeout_ms, int64_t *kernel_us, struct error *err);

/* For the journal: what is taken by force although the host uses it, and what each request got. */
void taking_log_forced(const struct plan *plan, const struct domain *domain);
void taking_log_grants(const struct lease *lease);

#endif
