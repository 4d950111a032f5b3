/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host state that a decision about devices is based on, read at one moment. */
#ifndef PCITAG_FLOW_START_HOST_STATE_H
#define PCITAG_FLOW_START_HOST_STATE_H

#include "base/error.h"
#include "flow/paths.h"
#include "host/bind/progress.h"
#include "host/pci/sysfs.h"
#include "host/store/lease_store.h"
#include "model/allocate/allocator.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"
#include "model/pci/topology.h"
#include "model/registry/registry.h"
#include "model/registry/settings.h"

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
 * for is_patient and skips. @settings are those that the caller has read, NULL for none. @leases are the
 * leases of that moment: the devices they hold are not read.
 */
int plan_look(const struct paths *paths, const struct sysfs *sysfs, const struct settings *settings,
	      const struct lease_list *leases, const struct domain *asking, enum plan_reach reach,
	      struct plan *plan, struct error *err);
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

#endif
