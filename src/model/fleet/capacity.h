/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many devices of each name a host has for the domains of a cluster: those that are free, and what the
 * cluster's domains that hold devices count for (demand.h). Pure.
 *
 * The cluster subtracts what runs, and what is left is what is free. So a number is never lower than what
 * runs there, whatever happens to a device or to the registry meanwhile.
 *
 * Functions that only one domain can have together, those of an IOMMU group and of a card (card.h), count
 * once under each name. `limit` of models and profiles counts; `per_domain` and wishes about places do not.
 */
#ifndef PCITAG_MODEL_FLEET_CAPACITY_H
#define PCITAG_MODEL_FLEET_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/allocate/allocator.h"
#include "model/fleet/counts.h"

/* A domain that the cluster runs on this host, or is about to run. */
struct fleet_domain {
	char name[DOMAIN_NAME_LEN];
	bool is_noted;		    /* demand was noted when it started */
	struct fleet_counts demand; /* what it counted for then; owned */
};

struct fleet_domains {
	struct fleet_domain *items; /* owned */
	size_t count;
};

void fleet_domains_clear(struct fleet_domains *domains);

/* Returns the domain of this name, or NULL. */
const struct fleet_domain *fleet_domains_find(const struct fleet_domains *domains, const char *name);

/* What a host has to say; it owns nothing. */
struct fleet_host {
	const struct allocation_input *in;   /* of no domain */
	const struct fleet_domains *domains; /* of the cluster */
	bool is_off;			     /* pcitag is switched off: no device is free */
};

enum { FLEET_UNCLEAR = 1 };

/*
 * Counts all names of the registry, and those by which the cluster's domains hold devices.
 * @out: empty; the caller frees it, also after a failure
 * Returns 0; FLEET_UNCLEAR with *err when a device of the registry does not answer, so that it cannot be
 * told; or -1 when out of memory.
 */
int fleet_capacity(const struct fleet_host *host, struct fleet_counts *out, struct error *err);

#endif
