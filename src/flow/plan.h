/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything a decision about devices rests on, read from this host at one moment. */
#ifndef PCITAG_FLOW_PLAN_H
#define PCITAG_FLOW_PLAN_H

#include "base/error.h"
#include "flow/flow.h"
#include "host/progress.h"
#include "host/lease_store.h"
#include "host/sysfs.h"
#include "model/allocator.h"
#include "model/domain.h"
#include "model/lease.h"
#include "model/registry.h"
#include "model/settings.h"
#include "model/topology.h"

#define HOSTNAME_LEN 256

struct plan {
	struct settings settings;
	struct registry registry;
	struct topology topology;
	struct lease_list leases;
	char hostname[HOSTNAME_LEN];
	bool has_iommu;
	struct progress_skips *skips; /* not owned: what did not answer in an earlier look, or NULL */
	bool is_patient;	      /* a device may take longer to answer */
	bool is_cut;		      /* something did not answer, or could not be looked at */
	bool is_partial; /* topology comes from udev's index: a function that has just come may be missing */
	bool is_first;	 /* of these, only those with the lowest addresses were read */
	struct allocation allocation; /* filled by plan_allocate() */
};

/* In the order in which a choice that was refused goes on: each finds what the one before does. */
enum plan_reach {
	PLAN_FIRST,   /* of PLAN_INDEXED, those with the lowest addresses, as many as are asked for: if each
			 request can have the first that is left, more would not change the answer */
	PLAN_INDEXED, /* those that udev's index names, if there is one, and no lease holds: for a choice */
	PLAN_ALL,     /* every function of the host: before saying no, and for a list */
	PLAN_WHOLE,   /* those that the registry does not name as well: to describe the host */
};

/*
 * Reads settings, registry, leases, the devices the registry names and the networks that keep them.
 * @store:  NULL when there is none yet: then there are no leases
 * @asking: only devices that its requests may be answered with are read; NULL: all of the registry
 * Free the plan with plan_clear(), also after a failure.
 */
int plan_read(const struct flow *flow, const struct sysfs *sysfs, const struct lease_store *store,
	      const struct domain *asking, enum plan_reach reach, struct plan *plan, struct error *err);
void plan_clear(struct plan *plan);

/*
 * The two halves of plan_read() for a decision, which is made with the store's lock while the host is looked
 * at without it. First, into a @plan that is empty but for is_patient and skips: everything but the leases.
 * @leases are those of that moment: what they hold is not looked at.
 */
int plan_look(const struct flow *flow, const struct sysfs *sysfs, const struct lease_list *leases,
	      const struct domain *asking, enum plan_reach reach, struct plan *plan, struct error *err);
/* Then, with the lock: the leases of now. What was leased and is so no more cannot be chosen (is_cut). */
int plan_take_leases(struct plan *plan, const struct lease_store *store, struct error *err);

/* As plan_read(), opening the lease store itself, for those who only look. */
int plan_read_host(const struct flow *flow, const struct sysfs *sysfs, struct plan *plan, struct error *err);

/* The same with every function of the host in the topology. */
int plan_read_whole_host(const struct flow *flow, const struct sysfs *sysfs, struct plan *plan,
			 struct error *err);

/*
 * Decides what a domain gets; changes nothing.
 * Returns 0 with the choice in plan->allocation, FLOW_REFUSED with the reason in *err (and
 * the candidates, as far as it came to them, in plan->allocation), or -1.
 */
int plan_allocate(struct plan *plan, const struct domain *domain, struct error *err);

/* Would plan_allocate() choose the same with PLAN_INDEXED? Asked after it has chosen. */
bool plan_is_final(const struct plan *plan);

/*
 * Refuses a domain that names, by address, a device that another domain's lease owns, alone or with its
 * group (lease_list_find_owner()), or whose physical or virtual function it owns: libvirt would hang in its
 * unbind (kernel: drivers/vfio/vfio_main.c, vfio_unregister_group_dev). So is one that names another function
 * of a card that goes to one domain only (model/card.h). Returns 0, FLOW_REFUSED or -1.
 */
int plan_guard_hostdevs(const struct sysfs *sysfs, const struct lease_list *leases,
			const struct domain *domain, struct error *err);

/*
 * The same when the leases cannot all be read, which @unreadable says: refuses the domain when somebody has
 * the group of a device that it names open.
 */
int plan_guard_open_hostdevs(const struct sysfs *sysfs, const struct domain *domain,
			     const struct error *unreadable, struct error *err);

/* Notes the devices that the domain names by address in the lease, so that nobody else gets their groups. */
int plan_note_hostdevs(const struct sysfs *sysfs, const struct domain *domain, struct lease *lease,
		       struct error *err);

/* What prepare would write down for the choice made: grants, and members with their present drivers. */
int plan_fill_lease(const struct plan *plan, const struct sysfs *sysfs, const struct domain *domain,
		    struct lease *lease, struct error *err);

/* The allocator's view of the plan for this domain's requests; plan and domain must outlive it. */
struct allocation_input plan_input(const struct plan *plan, const struct domain *domain);

#endif
