/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decision about a start: what prepare then does, and what `pcitag plan` shows. Changes nothing. */
#ifndef PCITAG_FLOW_ASSIGN_PLAN_H
#define PCITAG_FLOW_ASSIGN_PLAN_H

#include "flow/assign/host_state.h"

/* Refuses errors in the definition alone, before the host is read. Returns 0, or FLOW_REFUSED with *err. */
int plan_check_domain(const struct domain *domain, struct error *err);

/* Of plan_decide(): with devices that were not read the choice may be different. */
#define PLAN_FURTHER 2

/*
 * Decides, from the state of the host in @host, what a domain gets. First the devices that it names by
 * address: a device in two hands is worse than a refusal. Then those that it requests.
 * @lease: receives grants, members and hostdevs; names and times are the caller's
 * Returns 0; FLOW_REFUSED with *err (and the candidates found in host->allocation); PLAN_FURTHER; or -1.
 */
int plan_decide(struct host_state *host, const struct sysfs *sysfs, const struct domain *domain,
		struct lease *lease, struct error *err);

/*
 * After a refusal, when everything that can be read was: returns true when optional requests are the reason.
 * The choice is then taken back, and plan_decide() lets them go without a device. It still refuses when a
 * device has been returned since the host was read.
 */
bool plan_go_without(struct host_state *host);

/*
 * Decides which devices a domain gets; changes nothing. An optional request that would go without a device
 * refuses it, unless host->goes_without.
 * Returns 0 with the choice in host->allocation; FLOW_REFUSED with *err and the candidates found; or -1.
 */
int plan_allocate(struct host_state *host, const struct domain *domain, struct error *err);

/*
 * Fills in the lease that prepare writes for the choice: grants, and members with their current drivers.
 * Returns 0, FLOW_REFUSED when the options of model and domain are too many together, or -1.
 */
int plan_fill_lease(const struct host_state *host, const struct sysfs *sysfs, const struct domain *domain,
		    struct lease *lease, struct error *err);

/*
 * Returns the allocator's view of the host for this domain's requests; both must outlive it.
 * @domain: NULL for a view without requests
 */
struct allocation_input plan_input(const struct host_state *host, const struct domain *domain);

#endif
