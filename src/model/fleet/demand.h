/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a domain counts for in a cluster that places domains by numbers: for each name of the registry, how
 * many devices the node must have for it. Pure.
 *
 * A request counts at its own name, and at each other name whose devices it may take, unless it is wider than
 * that name. R is wider than N when it can be answered by each device that can answer N, and by others. So a
 * request by model counts at its type, one by type does not count at its models, and of two profiles that
 * overlap, each counts at the other.
 *
 * Why this is enough: let a node have free(N) devices for each name N, and let the requests that are placed
 * there count at most free(N) at each N. When they start in an order in which none comes before one that it
 * is wider than, each gets a device: of the devices for R, those that are taken meanwhile were taken by
 * requests that are not wider than R, so each of them counts at R, as R does itself; they are fewer than
 * free(R).
 *
 * Names for the same devices, such as a type and its only model, count at each other, but a type or a profile
 * not at a model: there is no need, because the sum is that of the type.
 *
 * A model with the key `allow` may be denied to a domain. Where a name has others, its devices are not relied
 * on under that name, although a request by it may take them. Where it has no others, whoever asks by that
 * name is thought to be allowed.
 */
#ifndef PCITAG_MODEL_FLEET_DEMAND_H
#define PCITAG_MODEL_FLEET_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "model/fleet/counts.h"
#include "model/lease/domain.h"
#include "model/registry/registry.h"

/* True when the devices of @model are relied on for requests by @name, which it answers. */
bool fleet_relies_on(const struct registry *registry, const char *name, const struct model *model);

/*
 * True when a request by @request must not start before one by @name in the same step: it may take the last
 * device of that name, and need not. Both are names; those that the registry does not have stand alone.
 */
bool fleet_is_wider(const struct registry *registry, const char *request, const char *name);

/* True when a request by @request counts at @name. */
bool fleet_counts_at(const struct registry *registry, const char *request, const char *name);

/* Adds what @number requests by @request count for to @out. Fails when out of memory. */
int fleet_demand_add(const struct registry *registry, const char *request, unsigned number,
		     struct fleet_counts *out, struct error *err);

/*
 * Adds what all requests of @domain count for, but those that it starts without when none is free.
 * Fails when out of memory.
 */
int fleet_demand(const struct registry *registry, const struct domain *domain, struct fleet_counts *out,
		 struct error *err);

/* Adds every name of the registry to @out with 0: types, models, profiles. Fails when out of memory. */
int fleet_names(const struct registry *registry, struct fleet_counts *out, struct error *err);

#define FLEET_HASH_LEN 17

/*
 * Writes 16 hex digits for what the above depends on: names, types, lists of profiles, and which sections may
 * match the same devices; not the order of the sections, nor where the devices are. Two hosts with the same
 * digits count the same. Returns @buf; "" when out of memory.
 */
char *fleet_hash(const struct registry *registry, char buf[static FLEET_HASH_LEN]);

#endif
