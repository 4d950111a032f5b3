/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fleet/capacity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/allocate/card.h"
#include "model/fleet/demand.h"
#include "model/fleet/report.h"

void fleet_domains_clear(struct fleet_domains *domains)
{
	for (size_t i = 0; i < domains->count; i++)
		fleet_counts_clear(&domains->items[i].demand);
	free(domains->items);
	*domains = (struct fleet_domains){ 0 };
}

const struct fleet_domain *fleet_domains_find(const struct fleet_domains *domains, const char *name)
{
	for (size_t i = 0; i < domains->count; i++) {
		if (strcmp(domains->items[i].name, name) == 0)
			return &domains->items[i];
	}
	return NULL;
}

/* ---- what goes together ----------------------------------------------------------------------------- */

/* Returns the first of the functions that @i goes together with: parts[] is a forest. */
static size_t find_part(const size_t *parts, size_t i)
{
	while (parts[i] != i)
		i = parts[i];
	return i;
}

static void join(size_t *parts, size_t a, size_t b)
{
	a = find_part(parts, a);
	b = find_part(parts, b);
	if (a < b)
		parts[b] = a;
	else
		parts[a] = b;
}

/* Joins a function with the members of its group and the functions of its card. */
static void join_others(const struct topology *topology, size_t i, size_t *parts)
{
	const struct pci_device *device = &topology->devices[i], *first = NULL;

	if (device->group != PCI_NO_GROUP)
		first = topology_next_member(topology, device->group, NULL);
	if (first)
		join(parts, i, (size_t)(first - topology->devices));
	for (size_t k = i + 1; k < topology->count; k++) {
		const struct pci_device *other = &topology->devices[k];

		if (!pci_addr_same_slot(&device->addr, &other->addr))
			break;
		if (card_goes_together(device, other))
			join(parts, i, k);
	}
}

/* For each function the first of those that only one domain can have with it. NULL when out of memory. */
static size_t *find_parts(const struct topology *topology)
{
	size_t *parts = calloc(topology->count + 1, sizeof(*parts));

	for (size_t i = 0; parts && i < topology->count; i++)
		parts[i] = i;
	for (size_t i = 0; parts && i < topology->count; i++)
		join_others(topology, i, parts);
	for (size_t i = 0; parts && i < topology->count; i++)
		parts[i] = find_part(parts, i);
	return parts;
}

/* ---- what is free ----------------------------------------------------------------------------------- */

/* What a name has on this host. */
struct tally {
	const struct fleet_host *host;
	const char *name;
	const struct profile *profile; /* of this name, or NULL */
	const size_t *parts;
	bool *is_counted;   /* by part */
	unsigned *by_model; /* by model: how many parts are free */
};

static int refuse_unclear(const struct model *model, const struct pci_device *device,
			  const struct verdict *verdict, struct error *err)
{
	char addr[PCI_ADDR_LEN], why[VERDICT_LEN], advice[VERDICT_LEN];

	return error_refuse(err, FLEET_UNCLEAR, "cannot tell how many devices this host has: %s (%s): %s; %s",
			    pci_addr_format(&device->addr, addr), model->name, verdict_format(verdict, why),
			    verdict_advice(verdict, advice));
}

static int count_device(struct tally *tally, size_t i, struct error *err)
{
	const struct allocation_input *in = tally->host->in;
	const struct pci_device *device = &in->topology->devices[i];
	const struct model *model = fleet_model_of(in->registry, tally->name, device);
	struct verdict verdict;

	if (!model)
		return 0;
	allocator_judge(in, model, device, &verdict);
	if (verdict.availability == UNAVAILABLE_UNCLEAR)
		return refuse_unclear(model, device, &verdict, err);
	if (!verdict_is_free(&verdict) || tally->is_counted[tally->parts[i]] ||
	    !fleet_relies_on(in->registry, tally->name, model))
		return 0;
	tally->is_counted[tally->parts[i]] = true;
	tally->by_model[model - in->registry->models]++;
	return 0;
}

/* Lets no more than @limit be lent, of which @lent are. */
static unsigned cap(unsigned number, unsigned limit, unsigned lent)
{
	unsigned left = limit > lent ? limit - lent : 0;

	return limit && left < number ? left : number;
}

static unsigned sum_models(const struct tally *tally)
{
	const struct allocation_input *in = tally->host->in;
	unsigned sum = 0;

	for (size_t i = 0; i < in->registry->count; i++) {
		const struct model *model = &in->registry->models[i];

		if (tally->by_model[i])
			sum += cap(tally->by_model[i], model->wishes.limit,
				   allocator_count_lent(in, NULL, model->name));
	}
	if (!tally->profile)
		return sum;
	return cap(sum, tally->profile->wishes.limit, allocator_count_lent(in, tally->name, NULL));
}

/* @free: receives how many domains could have a device each by this name */
static int count_free(const struct fleet_host *host, const char *name, const size_t *parts, unsigned *free,
		      struct error *err)
{
	const struct allocation_input *in = host->in;
	CLEANUP_FREE bool *is_counted = calloc(in->topology->count + 1, sizeof(*is_counted));
	CLEANUP_FREE unsigned *by_model = calloc(in->registry->count + 1, sizeof(*by_model));
	struct tally tally = { .host = host,
			       .name = name,
			       .profile = registry_find_profile(in->registry, name),
			       .parts = parts,
			       .is_counted = is_counted,
			       .by_model = by_model };

	if (!is_counted || !by_model)
		return error_set(err, ENOMEM, "cannot count the devices of %s", name);
	for (size_t i = 0; i < in->topology->count; i++) {
		int rc = count_device(&tally, i, err);

		if (rc != 0)
			return rc;
	}
	*free = host->is_off ? 0 : sum_models(&tally);
	return 0;
}

static int add_free(const struct fleet_host *host, struct fleet_counts *out, struct error *err)
{
	CLEANUP_FREE size_t *parts = find_parts(host->in->topology);
	int rc = parts ? fleet_names(host->in->registry, out, err)
		       : error_set(err, ENOMEM, "cannot count %zu devices", host->in->topology->count);

	for (size_t i = 0; i < out->count && rc == 0; i++)
		rc = count_free(host, out->items[i].name, parts, &out->items[i].value, err);
	return rc;
}

/* ---- what the cluster's domains hold ---------------------------------------------------------------- */

/* True when what the domain counted for at its start is known, and this request did not: it is optional. */
static bool is_known_optional(const struct fleet_domain *domain, const struct lease_grant *grant)
{
	return domain->is_noted && fleet_counts_get(&domain->demand, grant->request.name) == 0;
}

/* By the devices that it still has. Those that were attached to the running domain are not the cluster's. */
static int add_grants(const struct registry *registry, const struct fleet_domain *domain,
		      const struct lease *lease, struct fleet_counts *held, struct error *err)
{
	for (size_t i = 0; i < lease->grant_count; i++) {
		const struct lease_grant *grant = &lease->grants[i];
		const char *name = grant->request.name;

		if (grant_is_attached(grant) || is_known_optional(domain, grant))
			continue;
		if (fleet_demand_add(registry, name, 1, held, err) < 0)
			return -1;
		/* The model has left the registry, its type may still be there. */
		if (!registry_knows(registry, name) && strcmp(name, grant->model) == 0 &&
		    fleet_demand_add(registry, grant->type, 1, held, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * While a domain runs, it also counts for what was noted at its start, because that is what the cluster
 * subtracts, whatever the registry says by now. When it ends, only for the devices that are not back.
 */
static int add_held(const struct fleet_host *host, const struct fleet_domain *domain,
		    const struct lease *lease, struct fleet_counts *out, struct error *err)
{
	CLEANUP(fleet_counts_clear) struct fleet_counts held = { 0 };
	bool is_running = lease->state == LEASE_BINDING || lease->state == LEASE_BOUND;

	if (add_grants(host->in->registry, domain, lease, &held, err) < 0)
		return -1;
	for (size_t i = 0; i < domain->demand.count && is_running && lease->grant_count; i++) {
		if (fleet_counts_raise(&held, domain->demand.items[i].name, domain->demand.items[i].value,
				       err) < 0)
			return -1;
	}
	for (size_t i = 0; i < held.count; i++) {
		if (fleet_counts_add(out, held.items[i].name, held.items[i].value, err) < 0)
			return -1;
	}
	return 0;
}

int fleet_capacity(const struct fleet_host *host, struct fleet_counts *out, struct error *err)
{
	const struct lease_list *leases = host->in->leases;
	int rc = add_free(host, out, err);

	for (size_t i = 0; i < leases->count && rc == 0; i++) {
		const struct lease *lease = leases->leases[i];
		const struct fleet_domain *domain = fleet_domains_find(host->domains, lease->domain);

		if (domain && lease->state != LEASE_HELD)
			rc = add_held(host, domain, lease, out, err);
	}
	return rc;
}
