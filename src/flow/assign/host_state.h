/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host state that a decision about devices is based on, read at one moment. */
#ifndef PCITAG_FLOW_ASSIGN_HOST_STATE_H
#define PCITAG_FLOW_ASSIGN_HOST_STATE_H

#include "base/error.h"
#include "flow/paths.h"
#include "host/process/progress.h"
#include "host/pci/place.h"
#include "host/pci/sysfs.h"
#include "host/store/lease_store.h"
#include "host/systemd/unit_program.h"
#include "model/allocate/allocator.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"
#include "model/pci/finding.h"
#include "model/pci/topology.h"
#include "model/registry/registry.h"
#include "model/registry/settings.h"

#define HOSTNAME_LEN 256

/* Where the host's NUMA nodes are, and near which the asking domain is. */
struct host_numa {
	struct number_set online;
	struct number_set domain; /* empty: not known, or bound to none */
};

struct host_state {
	struct settings settings;
	struct registry registry;
	struct topology topology;
	struct lease_list leases;    /* also what is held after its use, as leases in that state */
	char hostname[HOSTNAME_LEN]; /* "" when no model has the key `hosts` */
	bool has_iommu;
	bool is_cut;	 /* something did not answer, or could not be read */
	bool is_partial; /* topology comes from udev's index: a function that was just added may be missing */
	bool is_first;	 /* of these, only the functions with the lowest addresses were read */
	bool goes_without; /* nothing more can be read: optional requests may go without a device */
	struct allocation allocation; /* filled by plan_allocate() */
	/* Filled by units_look(): the units that models name, and who holds devices. Owned. */
	struct unit_state *units;
	size_t unit_count;
	struct unit_holder *holders;
	struct host_numa *numa; /* owned; places were read (host/pci/place.h); NULL: nothing needed them */
	struct lease *last;	/* owned; what the asking domain had before, if a wish is about it; or NULL */
	struct finding_list findings; /* what is known against functions of the topology, which point to it */
	struct vgpu_state *vgpus;     /* likewise, what is known of their vGPUs; mapped; NULL for nothing */
	const struct vgpu_room *rooms; /* not owned: what cards have room for, as this start has found out */
	size_t room_count;
};

/* In the order in which a refused choice is retried: each reach includes the one before. */
enum reach {
	REACH_FIRST,   /* of REACH_INDEXED, those with the lowest addresses, as many as are requested: if each
			 request can have the first that is left, more would not change the answer */
	REACH_INDEXED, /* those that udev's index names, if it exists, and no lease holds: for a choice */
	REACH_ALL,     /* every function of the host: before a refusal, and for a list */
	REACH_WHOLE,   /* also those that the registry does not name: to describe the host */
};

/* What to read of a host. */
struct host_query {
	const struct paths *paths;
	const struct sysfs *sysfs;
	const struct settings *settings; /* as the caller has read them; NULL: they are read */
	const struct domain *asking;	 /* only devices that can answer its requests; NULL: of all models */
	enum reach reach;
	bool with_places; /* where each function is; otherwise only if a wish of @asking may be about that */
	bool with_marks;  /* what tells each function apart; otherwise only where a model asks for it */
	bool without_leases;	      /* as if there were none */
	bool is_patient;	      /* a device may take longer to answer */
	struct progress_skips *skips; /* what did not answer, and is not read again; or NULL */
	/* Reads the functions, with @context, in place of a search by reach; NULL for that search. */
	int (*scan)(const struct sysfs *sysfs, const struct lease_list *leases, const void *context,
		    struct topology *out, struct error *err);
	const void *context;
};

/*
 * Reads settings, registry, leases (none without a store), the devices that @query names, and the networks
 * that require them. Returns 0 or -1. The caller frees @host with host_state_clear(), also after a failure.
 */
int host_state_read(const struct host_query *query, struct host_state *host, struct error *err);
void host_state_clear(struct host_state *host);

/*
 * The two halves of host_state_read() for a decision, which needs the store's lock, while the host is read
 * without it. This is the first: all but leases, into an empty @host, without what they hold at the moment.
 */
int host_state_look(const struct host_query *query, const struct lease_store *store, struct host_state *host,
		    struct error *err);
/* The second half, locked: reads the leases. What was returned meanwhile cannot be chosen (is_cut). */
int host_state_take_leases(struct host_state *host, const struct lease_store *store, struct error *err);
/* Undoes the second half, and the choice: both can be made anew of what was read. */
void host_state_forget_leases(struct host_state *host);

#endif
