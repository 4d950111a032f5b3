/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/allocate/choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/allocate/choice_reason.h"
#include "model/allocate/request_wishes.h"
#include "model/allocate/wish_check.h"

_Static_assert(DOMAIN_REQUESTS_MAX <= SOLVER_REQUESTS_MAX, "the solver takes all requests of a domain");

/* The levels of struct solver_option.costs. */
enum { COST_WISHES, COST_RANK, COST_DEGRADED, COST_STOPS, COST_PREFER };

static void choice_clear(struct choice *c)
{
	free(c->options);
	free(c->where);
	free(c->rules);
	free(c->sources);
	free(c->quotas);
	free(c->capped);
	free(c->caps);
	free(c->rooms);
	free(c->pool_keys);
	free(c->pools);
	for (size_t level = 0; level < PCI_LEVELS; level++)
		free(c->places[level]);
}

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "cannot choose among the devices");
}

static bool is_placed(const struct allocation_input *in)
{
	return in->domain && in->domain->pinning && in->node_count > 1;
}

bool choice_is_wished(const struct allocation_input *in, const struct allocation *allocation)
{
	if ((in->domain && in->domain->wish_count) || is_placed(in) || in->room_count)
		return true;
	for (size_t r = 0; in->registry->profile_count && r < in->request_count; r++) {
		if (registry_find_profile(in->registry, in->requests[r].name))
			return true;
	}
	for (size_t i = 0; i < allocation->count; i++) {
		const struct wishes *wishes = &allocation->candidates[i].model->wishes;

		if (wishes->limit || wishes->per_domain || wishes->prefer > WISH_PREFER_FIRST)
			return true;
	}
	return false;
}

bool choice_is_lent(const struct allocation_input *in, const struct lease *lease)
{
	return strcmp(lease->uuid, in->uuid) != 0 && lease->state != LEASE_HELD;
}

static unsigned count_grants(const struct lease *lease, const char *profile, const char *model)
{
	unsigned count = 0;

	for (size_t k = 0; k < lease->grant_count; k++) {
		const struct lease_grant *grant = &lease->grants[k];

		count += (profile && strcmp(grant->request.name, profile) == 0) ||
			 (model && strcmp(grant->model, model) == 0);
	}
	return count;
}

unsigned allocator_count_lent(const struct allocation_input *in, const char *profile, const char *model)
{
	unsigned count = 0;

	for (size_t i = 0; i < in->leases->count; i++) {
		if (choice_is_lent(in, in->leases->leases[i]))
			count += count_grants(in->leases->leases[i], profile, model);
	}
	return count;
}

unsigned allocator_count_own(const struct allocation_input *in, const char *profile, const char *model)
{
	unsigned count = 0;

	for (size_t i = 0; in->running_as && i < in->leases->count; i++) {
		if (strcmp(in->leases->leases[i]->uuid, in->running_as) == 0)
			count += count_grants(in->leases->leases[i], profile, model);
	}
	return count;
}

const char *allocator_asker(const struct allocation_input *in)
{
	return in->running_as ? in->running_as : in->uuid;
}

/* How many more devices the domain may have by a profile, or (@profile NULL) of a model, by these wishes. */
static unsigned room_by(const struct allocation_input *in, const struct wishes *wishes, const char *profile,
			const char *model)
{
	unsigned most = WISH_LIMIT_MAX, count;

	if (wishes->per_domain) {
		count = allocator_count_own(in, profile, model);
		most = wishes->per_domain > count ? wishes->per_domain - count : 0;
	}
	if (wishes->limit) {
		count = allocator_count_lent(in, profile, model);
		count = wishes->limit > count ? wishes->limit - count : 0;
		most = count < most ? count : most;
	}
	return most;
}

/* How many functions of a card other domains have. A function that was not read may be of any card. */
static unsigned count_used(const struct choice *c, uint64_t card)
{
	unsigned used = 0;

	for (size_t i = 0; i < c->in->leases->count; i++) {
		const struct lease *lease = c->in->leases->leases[i];

		for (size_t k = 0; choice_is_lent(c->in, lease) && k < lease->member_count; k++) {
			const struct lease_member *member = &lease->members[k];
			const struct pci_device *device = topology_find(c->in->topology, &member->addr);

			c->allocation->needs_all |= !device;
			used += device && member->role == MEMBER_GIVEN &&
				pci_place_id(&device->place, PCI_LEVEL_CARD) == card;
		}
	}
	return used;
}

static int read_wishes(struct choice *c, struct error *err)
{
	for (size_t r = 0; r < c->in->request_count; r++) {
		const struct request *request = &c->in->requests[r];

		c->profiles[r] = registry_find_profile(c->in->registry, request->name);
		if (request_wishes(c->in->registry, c->in->domain, request, &c->wishes[r], err) < 0)
			return ALLOCATION_REFUSED;
		if (c->wishes[r].optional == WISH_OPTIONAL_YES)
			c->problem.optional |= 1ULL << r;
	}
	return 0;
}

/* What is not for the domain cannot be had: an optional request goes without it. */
static int check_allowed(struct choice *c, struct error *err)
{
	for (size_t r = 0; r < c->in->request_count; r++) {
		if (choice_check_allowed(c, r, err) == 0)
			continue;
		if (!(c->problem.optional >> r & 1))
			return ALLOCATION_REFUSED;
		c->barred |= 1ULL << r;
	}
	return 0;
}

static bool is_option(const struct choice *c, const struct candidate *candidate)
{
	return verdict_is_free(&candidate->verdict) && !(c->barred >> candidate->request & 1) &&
	       (c->wishes[candidate->request].numa != WISH_NUMA_REQUIRED ||
		wish_is_near(c->in, candidate->device) == WISH_MET);
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The solver's number of a place: 0 for an unknown one. */
static uint32_t place_number(const struct choice *c, size_t level, const struct pci_device *device)
{
	uint64_t id = pci_place_id(&device->place, (enum pci_level)level), *found;

	if (!id)
		return 0;
	found = bsearch(&id, c->places[level], c->place_counts[level], sizeof(id), compare_ids);
	return found ? (uint32_t)(1 + (found - c->places[level])) : 0;
}

static int collect_places(struct choice *c, size_t level)
{
	const struct allocation *allocation = c->allocation;
	uint64_t *ids = calloc(allocation->count + 1, sizeof(*ids));
	size_t count = 0, distinct = 0;

	c->places[level] = ids;
	if (!ids)
		return -1;
	for (size_t i = 0; i < allocation->count; i++)
		ids[count++] = pci_place_id(&allocation->candidates[i].device->place, (enum pci_level)level);
	qsort(ids, count, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < count; i++) {
		if (distinct == 0 || ids[distinct - 1] != ids[i])
			ids[distinct++] = ids[i];
	}
	c->place_counts[level] = distinct;
	return 0;
}

/* The number of the cap of a model; 0: it has none. Returns -1 when out of memory. */
static long cap_of(struct choice *c, const struct model *model)
{
	size_t count = c->problem.cap_count;

	if (!model->wishes.limit && !model->wishes.per_domain)
		return 0;
	for (size_t i = 0; i < c->problem.cap_count; i++) {
		if (c->capped[i].model == model)
			return (long)i + 1;
	}
	if (!ARRAY_APPEND(c->capped, count, (struct capped){ model }) ||
	    !ARRAY_APPEND(c->caps, c->problem.cap_count, room_by(c->in, &model->wishes, NULL, model->name)))
		return -1;
	return (long)c->problem.cap_count;
}

/* The number of the pool of a card's devices of this model; 0 when the card is not known. Returns -1 as
 * cap_of(). */
static long pool_of(struct choice *c, const struct model *model, uint64_t card)
{
	const struct pool_key key = { card, model };
	size_t count = c->problem.pool_count;

	if (!card)
		return 0;
	for (size_t i = 0; i < c->problem.pool_count; i++) {
		if (c->pool_keys[i].card == card && c->pool_keys[i].model == model)
			return (long)i + 1;
	}
	if (!ARRAY_APPEND(c->pool_keys, count, key) ||
	    !ARRAY_APPEND(c->pools, c->problem.pool_count, count_used(c, card)))
		return -1;
	return (long)c->problem.pool_count;
}

/* The number of the room of a function that is to become a vGPU; 0: nothing is known of it. */
static uint32_t room_of(const struct choice *c, const struct candidate *candidate)
{
	const struct pci_device *device = candidate->device;

	if (!candidate->model->setting.attribute || !device->is_virtual ||
	    (device->vgpu && device->vgpu->type))
		return 0;
	for (size_t i = 0; i < c->in->room_count; i++) {
		if (pci_addr_equal(&c->in->rooms[i].card, &device->physfn) &&
		    c->in->rooms[i].type == candidate->model->setting.value)
			return (uint32_t)i + 1;
	}
	return 0;
}

static int copy_rooms(struct choice *c, struct error *err)
{
	if (!c->in->room_count)
		return 0;
	c->rooms = calloc(c->in->room_count, sizeof(*c->rooms));
	if (!c->rooms)
		return no_memory(err);
	for (size_t i = 0; i < c->in->room_count; i++)
		c->rooms[i] = c->in->rooms[i].most;
	c->problem.room_count = c->in->room_count;
	return 0;
}

static uint16_t at_most(size_t cost)
{
	return cost < SOLVER_COST_MAX ? (uint16_t)cost : SOLVER_COST_MAX;
}

static int set_preference(struct choice *c, const struct candidate *candidate, struct solver_option *option)
{
	uint64_t card = pci_place_id(&candidate->device->place, PCI_LEVEL_CARD);
	enum wish_prefer prefer = request_prefers(&c->wishes[candidate->request], candidate->model);
	long pool = 0;

	if (prefer == WISH_PREFER_LAST)
		option->costs[COST_PREFER] = !request_had(
			c->in->last, c->in->requests[candidate->request].text, candidate->device);
	if (prefer == WISH_PREFER_PACK)
		option->costs[COST_PREFER] =
			(uint16_t)(SOLVER_COST_MAX - at_most(card ? count_used(c, card) : 0));
	if (prefer == WISH_PREFER_SPREAD)
		pool = pool_of(c, candidate->model, card);
	option->pool = pool < 0 ? 0 : (uint32_t)pool;
	return pool < 0 ? -1 : 0;
}

static int make_option(struct choice *c, size_t i, struct solver_option *option)
{
	const struct candidate *candidate = &c->allocation->candidates[i];
	const struct profile *profile = c->profiles[candidate->request];
	long cap = cap_of(c, candidate->model);

	*option = (struct solver_option){ .request = candidate->request,
					  .slot = candidate->device->addr,
					  .functions = candidate->functions,
					  .cap = cap < 0 ? 0 : (uint32_t)cap,
					  .room = room_of(c, candidate) };
	option->slot.function = 0;
	option->costs[COST_WISHES] = c->wishes[candidate->request].numa == WISH_NUMA_PREFERRED &&
				     wish_is_near(c->in, candidate->device) != WISH_MET;
	if (profile)
		option->costs[COST_RANK] = at_most(profile_rank(profile, candidate->model));
	option->costs[COST_DEGRADED] = candidate->verdict.availability == AVAILABLE_DEGRADED;
	option->costs[COST_STOPS] = candidate->verdict.needs_stop;
	for (size_t level = 0; level < PCI_LEVELS; level++)
		option->places[level] = place_number(c, level, candidate->device);
	return cap < 0 ? -1 : set_preference(c, candidate, option);
}

static int make_options(struct choice *c, struct error *err)
{
	size_t count = c->allocation->count;

	c->options = calloc(count + 1, sizeof(*c->options));
	c->where = calloc(count + 1, sizeof(*c->where));
	if (!c->options || !c->where)
		return no_memory(err);
	for (size_t level = 0; level < PCI_LEVELS; level++) {
		if (collect_places(c, level) < 0)
			return no_memory(err);
	}
	for (size_t i = 0; i < count; i++) {
		if (!is_option(c, &c->allocation->candidates[i]))
			continue;
		if (make_option(c, i, &c->options[c->problem.option_count]) < 0)
			return no_memory(err);
		c->where[c->problem.option_count++] = i;
	}
	return 0;
}

static int add_rule(struct choice *c, enum solver_rule_kind kind, enum wish_level level, uint64_t requests,
		    const struct profile *profile)
{
	size_t sources = c->problem.rule_count;
	struct solver_rule rule = { .kind = kind,
				    .level = (enum solver_level)(level - WISH_LEVEL_CARD),
				    .requests = requests };

	if (!level || !(requests & (requests - 1)))
		return 0;
	return ARRAY_APPEND(c->sources, sources, (struct source){ profile }) &&
			       ARRAY_APPEND(c->rules, c->problem.rule_count, rule)
		       ? 0
		       : -1;
}

static int add_rules(struct choice *c, const struct wishes *wishes, uint64_t requests,
		     const struct profile *profile)
{
	return add_rule(c, SOLVER_TOGETHER, wishes->together, requests, profile) < 0 ||
			       add_rule(c, SOLVER_APART, wishes->apart, requests, profile) < 0
		       ? -1
		       : 0;
}

/* All requests for the profile of this one; 0 unless it is the first of them. */
static uint64_t profile_requests(const struct choice *c, size_t request)
{
	uint64_t requests = 0;

	for (size_t r = 0; c->profiles[request] && r < c->in->request_count; r++) {
		if (c->profiles[r] != c->profiles[request])
			continue;
		if (r < request)
			return 0;
		requests |= 1ULL << r;
	}
	return requests;
}

static int make_rules(struct choice *c, struct error *err)
{
	for (size_t r = 0; r < c->in->request_count; r++) {
		const struct profile *profile = c->profiles[r];
		uint64_t requests = profile_requests(c, r);
		struct solver_quota quota = { .requests = requests };

		if (!requests)
			continue;
		quota.most = room_by(c->in, &profile->wishes, profile->name, NULL);
		if (add_rules(c, &profile->wishes, requests, profile) < 0 ||
		    (quota.most < WISH_LIMIT_MAX && !ARRAY_APPEND(c->quotas, c->problem.quota_count, quota)))
			return no_memory(err);
	}
	/* A running domain's wishes number the requests of its start; it asks for one. */
	for (size_t i = 0; c->in->domain && !c->in->running_as && i < c->in->domain->wish_count; i++) {
		const struct domain_wish *wish = &c->in->domain->wishes[i];

		if (add_rules(c, &wish->wishes, wish->requests, NULL) < 0)
			return no_memory(err);
	}
	return 0;
}

int choice_solve(struct choice *c, struct error *err)
{
	struct error why;
	int rc;

	c->problem.options = c->options;
	c->problem.request_count = c->in->request_count;
	c->problem.rules = c->rules;
	c->problem.quotas = c->quotas;
	c->problem.caps = c->caps;
	c->problem.rooms = c->rooms;
	c->problem.pools = c->pools;
	c->problem.pool_cost = COST_PREFER;
	rc = solver_solve(&c->problem, c->chosen, &why);
	return rc < 0 ? error_pass(err, &why) : rc;
}

static int note_withouts(struct choice *c, struct error *err)
{
	struct allocation *allocation = c->allocation;
	size_t chosen[DOMAIN_REQUESTS_MAX];

	memcpy(chosen, c->chosen, sizeof(chosen)); /* explaining solves other problems */
	for (size_t r = 0; r < c->in->request_count; r++) {
		struct without *without;

		if (chosen[r] != SOLVER_WITHOUT)
			continue;
		without = ARRAY_ADD(allocation->withouts, allocation->without_count);
		if (!without)
			return no_memory(err);
		without->request = r;
		choice_explain_without(c, chosen, r, without->why);
	}
	return 0;
}

static int make(struct choice *c, struct error *err)
{
	int rc = read_wishes(c, err);

	if (rc == 0)
		rc = check_allowed(c, err);
	if (rc == 0)
		rc = copy_rooms(c, err);
	if (rc == 0)
		rc = make_options(c, err);
	if (rc == 0)
		rc = make_rules(c, err);
	if (rc == 0)
		rc = choice_check_options(c, err);
	if (rc == 0)
		rc = choice_check_quotas(c, err);
	if (rc != 0)
		return rc;
	rc = choice_solve(c, err);
	if (rc == SOLVER_NONE)
		return choice_explain(c, err);
	for (size_t r = 0; rc == 0 && r < c->in->request_count; r++) {
		if (c->chosen[r] != SOLVER_WITHOUT)
			c->allocation->candidates[c->where[c->chosen[r]]].is_chosen = true;
	}
	return rc == 0 ? note_withouts(c, err) : rc;
}

int choice_make(const struct allocation_input *in, struct allocation *allocation, struct error *err)
{
	struct choice *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return no_memory(err);
	c->in = in;
	c->allocation = allocation;
	rc = make(c, err);
	choice_clear(c);
	free(c);
	return rc;
}
