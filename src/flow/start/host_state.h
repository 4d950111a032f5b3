/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host state that a decision about devices is based on, read at one moment. */
#ifndef PCITAG_FLOW_START_HOST_STATE_H
#define PCITAG_FLOW_START_HOST_STATE_H

#include "base/error.h"
#include "flow/paths.h"
#include "host/bind/progress.h"
#include "host/store/lease_store.h"
#include "host/pci/sysfs.h"
#include "model/allocate/allocator.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"
#include "model/registry/registry.h"
#include "model/registry/settings.h"
#include "model/pci/topology.h"

#define HOSTNAME_LEN 256

struct plan {
	struct settings settings;
	struct registry registry;
	struct topology topology;
	struct lease_list leases;
	char hostname[HOSTNAME_LEN];
	bool has_iommu;
	struct progress_skips *skips; /* not owned: what did not answer in an earlier read, or NULL */
	bool is_patient;	      /* a device may take longer to answer */
	bool is_cut;		      /* something did not answer, or could not be read */
	bool is_partial; /* topology comes from udev's index: a function that was just added may be missing */
	bool is_first;	 /* of these, only the functions with the lowest addresses were read */
	struct allocation allocation; /* filled by plan_allocate() */
};

/* In the order in which a refused choice is retried: each reach includes the one before. */
enum plan_reach {
	PLAN_FIRST,   /* of PLAN_INDEXED, those with the lowest addresses, as many as are requested: if each
			 request can have the first that is left, more would not change the answer */
	PLAN_INDEXED, /* those that udev's index names, if it exists, and no lease holds: for a choice */
	PLAN_ALL,     /* every function of the host: before a refusal, and for a list */
	PLAN_WHOLE,   /* also those that the registry does not name: to describe the host */
};

/*
 * Reads settings, registry, leases, the devices that the registry names, and the networks that require them.
 * @store:  NULL when there is no store yet; then there are no leases
 * @asking: only devices that can answer this domain's requests are read; NULL: all of the registry
 * The caller frees the plan with plan_clear(), also after a failure.
 */
int plan_read(const struct paths *paths, const struct sysfs *sysfs, const struct lease_store *store,
	      const struct domain *asking, enum plan_reach reach, struct plan *plan, struct error *err);
void plan_clear(struct plan *plan);

/*
 * The two halves of plan_read() for a decision: the decision needs the store's lock, and the host is read
 * without it. This is the first half: it reads everything but the leases into a @plan that is empty except
 * for is_patient and skips. @leases are the leases of that moment: the devices they hold are not read.
 */
int plan_look(const struct paths *paths, const struct sysfs *sysfs, const struct lease_list *leases,
	      const struct domain *asking, enum plan_reach reach, struct plan *plan, struct error *err);
/*
 * The second half, with the lock held: reads the current leases. What was leased before and is not leased any
 * more cannot be chosen (is_cut).
 */
int plan_take_leases(struct plan *plan, const struct lease_store *store, struct error *err);

/* As plan_read(), but opens the lease store itself, for read-only callers. */
int plan_read_host(const struct paths *paths, const struct sysfs *sysfs, struct plan *plan,
		   struct error *err);

/* The same with every function of the host in the topology. */
int plan_read_whole_host(const struct paths *paths, const struct sysfs *sysfs, struct plan *plan,
			 struct error *err);

/*
 * The same with only the function at @addr and what its verdict depends on (host/pci/around.h).
 */
int plan_read_around(const struct paths *paths, const struct sysfs *sysfs, const struct pci_addr *addr,
		     struct plan *plan, struct error *err);

/*
 * Decides which devices a domain gets; changes nothing.
 * Returns 0 with the choice in plan->allocation; FLOW_REFUSED with the reason in *err (and the candidates, as
 * far as they were determined, in plan->allocation); or -1.
 */
int plan_allocate(struct plan *plan, const struct domain *domain, struct error *err);

/*
 * Returns true when plan_allocate() would choose the same with PLAN_INDEXED. Call it after plan_allocate().
 */
bool plan_is_final(const struct plan *plan);

/*
 * Refuses a domain that names, by address, a device that another domain's lease owns, alone or with its group
 * (lease_list_find_owner()), or whose physical or virtual function that lease owns: libvirt would hang in its
 * unbind (kernel: drivers/vfio/vfio_main.c, vfio_unregister_group_dev). It also refuses a domain that names
 * another function of a card that is assigned to one domain only (model/pci/card.h).
 * Returns 0, FLOW_REFUSED or -1.
 */
int plan_guard_hostdevs(const struct sysfs *sysfs, const struct lease_list *leases,
			const struct domain *domain, struct error *err);

/*
 * The same when not all leases can be read, for the reason in @unreadable: refuses the domain when any
 * process has the group of a device that the domain names open.
 */
int plan_guard_open_hostdevs(const struct sysfs *sysfs, const struct domain *domain,
			     const struct error *unreadable, struct error *err);

/*
 * Records the devices that the domain names by address in the lease, so that no other domain gets their
 * groups.
 */
int plan_note_hostdevs(const struct sysfs *sysfs, const struct domain *domain, struct lease *lease,
		       struct error *err);

/*
 * Fills in the lease that prepare would write for the choice: grants, and members with their current drivers.
 */
int plan_fill_lease(const struct plan *plan, const struct sysfs *sysfs, const struct domain *domain,
		    struct lease *lease, struct error *err);

/* Returns the allocator's view of the plan for this domain's requests; plan and domain must outlive it. */
struct allocation_input plan_input(const struct plan *plan, const struct domain *domain);

#endif
