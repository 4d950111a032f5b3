/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/allocate/wish_check.h"

#include <string.h>

#include "model/allocate/request_wishes.h"

/* On a host with one node, every device is near. */
enum wish_met wish_is_near(const struct allocation_input *in, const struct pci_device *device)
{
	if (in->node_count == 1)
		return WISH_MET;
	if (!in->nodes || number_set_is_empty(in->nodes) || !device->place.has_node)
		return WISH_UNKNOWN;
	return number_set_has(in->nodes, device->place.node) ? WISH_MET : WISH_NOT_MET;
}

const char *wish_met_name(enum wish_met met)
{
	return met == WISH_MET ? "met" : met == WISH_NOT_MET ? "not met" : "unknown";
}

struct check_list {
	struct wish_check *checks;
	size_t count;
};

static void add_check(struct check_list *list, struct wish_check check)
{
	if (list->count < WISH_CHECKS_MAX)
		list->checks[list->count++] = check;
}

/* Whether a candidate and the devices of the other requests meet a rule. Unknown if no request gets one. */
static enum wish_met check_rule(const struct allocation_input *in, const struct allocation *allocation,
				const struct candidate *candidate, uint64_t requests, enum wish_level level,
				bool together)
{
	enum pci_level kind = (enum pci_level)(level - WISH_LEVEL_CARD);
	uint64_t own = pci_place_id(&candidate->device->place, kind);
	bool is_chosen = allocation_choice(allocation, candidate->request) != NULL;

	for (size_t r = 0; r < in->request_count; r++) {
		const struct candidate *other = allocation_choice(allocation, r);
		uint64_t place = other ? pci_place_id(&other->device->place, kind) : 0;

		if (r == candidate->request || !(requests >> r & 1) || !other)
			continue;
		is_chosen = true;
		if (!own || !place)
			return WISH_UNKNOWN;
		if ((own == place) != together)
			return WISH_NOT_MET;
	}
	return is_chosen ? WISH_MET : WISH_UNKNOWN;
}

static void check_rules(const struct allocation_input *in, const struct allocation *allocation,
			const struct candidate *candidate, uint64_t requests, const struct wishes *wishes,
			struct check_list *list)
{
	if (!(requests >> candidate->request & 1) || !(requests & (requests - 1)))
		return;
	if (wishes->together)
		add_check(list, (struct wish_check){ "together", wish_level_name(wishes->together),
						     check_rule(in, allocation, candidate, requests,
								wishes->together, true),
						     0 });
	if (wishes->apart)
		add_check(list,
			  (struct wish_check){
				  "apart", wish_level_name(wishes->apart),
				  check_rule(in, allocation, candidate, requests, wishes->apart, false), 0 });
}

static uint64_t requests_by_name(const struct allocation_input *in, const char *name)
{
	uint64_t requests = 0;

	for (size_t r = 0; r < in->request_count; r++) {
		if (strcmp(in->requests[r].name, name) == 0)
			requests |= 1ULL << r;
	}
	return requests;
}

size_t wish_check_all(const struct allocation_input *in, const struct allocation *allocation,
		      const struct candidate *candidate, struct wish_check checks[static WISH_CHECKS_MAX])
{
	const struct request *request = &in->requests[candidate->request];
	const struct profile *profile = registry_find_profile(in->registry, request->name);
	struct check_list list = { checks, 0 };
	struct wishes wishes;

	if (request_wishes(in->registry, in->domain, request, &wishes, NULL) < 0)
		return 0;
	if (wishes.numa != WISH_NUMA_NONE)
		add_check(&list, (struct wish_check){ "numa", wish_numa_name(wishes.numa),
						      wish_is_near(in, candidate->device), 0 });
	if (profile)
		add_check(&list, (struct wish_check){ "any", profile->name, WISH_MET,
						      1 + profile_rank(profile, candidate->model) });
	if (request_prefers(&wishes, candidate->model) == WISH_PREFER_LAST)
		add_check(&list, (struct wish_check){ "prefer", "last",
						      request_had(in->last, request->text, candidate->device)
							      ? WISH_MET
							      : WISH_NOT_MET,
						      0 });
	if (profile)
		check_rules(in, allocation, candidate, requests_by_name(in, request->name), &profile->wishes,
			    &list);
	for (size_t i = 0; in->domain && i < in->domain->wish_count; i++)
		check_rules(in, allocation, candidate, in->domain->wishes[i].requests,
			    &in->domain->wishes[i].wishes, &list);
	return list.count;
}
