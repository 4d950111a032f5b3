/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/allocate/choice_reason.h"

#include <string.h>

#include "base/array.h"

static void append_requests(const struct choice *c, uint64_t requests, char *text, size_t size)
{
	const char *separator = "";

	text_append(text, size, "request%s ", requests & (requests - 1) ? "s" : "");
	for (size_t r = 0; r < c->in->request_count; r++) {
		if (!(requests >> r & 1))
			continue;
		text_append(text, size, "%s%s", separator, c->in->requests[r].text);
		separator = ", ";
	}
}

int choice_check_allowed(const struct choice *c, size_t request, struct error *err)
{
	const struct profile *profile = c->profiles[request];
	char place[MODEL_PLACE_LEN];

	if (!profile || !c->in->domain ||
	    wish_allows(&profile->allow, c->in->domain->name, allocator_asker(c->in)))
		return 0;
	return error_refuse(
		err, ALLOCATION_REFUSED,
		"request %s: profile %s is not for domain '%s'; its key allow at %s says for which",
		c->in->requests[request].text, profile->name, c->in->domain->name,
		profile_place(profile, place));
}

static const char *owner_of_nodes(const struct allocation_input *in)
{
	return in->domain->pinning && !number_set_is_empty(&in->domain->pinning->memory) ? "memory is"
											 : "processors are";
}

/* Lists the free devices of a request with their nodes. Returns their number. */
static unsigned list_nodes(const struct choice *c, size_t request, char *text, size_t size)
{
	unsigned count = 0;

	for (size_t i = 0; i < c->allocation->count; i++) {
		const struct candidate *candidate = &c->allocation->candidates[i];
		char addr[PCI_ADDR_LEN];

		if (candidate->request != request || !verdict_is_free(&candidate->verdict))
			continue;
		text_append(text, size, "%s%s: ", count++ ? "; " : "",
			    pci_addr_format(&candidate->device->addr, addr));
		if (candidate->device->place.has_node)
			text_append(text, size, "node %u", candidate->device->place.node);
		else
			text_append(text, size, "its node is unknown");
	}
	return count;
}

static int refuse_node(const struct choice *c, size_t request, struct error *err)
{
	char nodes[ERROR_MSG_LEN] = "", near[NUMBER_SET_LEN];
	const char *name = c->in->requests[request].text;
	unsigned count = list_nodes(c, request, nodes, sizeof(nodes));

	if (!c->in->nodes || number_set_is_empty(c->in->nodes))
		return error_refuse(
			err, ALLOCATION_REFUSED,
			"request %s: numa = required, but on which NUMA node domain '%s' runs is not "
			"known; bind it with <numatune> or <vcpupin>, or write numa = preferred",
			name, c->in->domain->name);
	return error_refuse(err, ALLOCATION_REFUSED,
			    "request %s: %u %s free, none on NUMA node %s, where %s's %s (%s)", name, count,
			    count == 1 ? "device" : "devices", number_set_format(c->in->nodes, near),
			    c->in->domain->name, owner_of_nodes(c->in), nodes);
}

static bool has_option(const struct choice *c, size_t request)
{
	for (size_t i = 0; i < c->problem.option_count; i++) {
		if (c->options[i].request == request)
			return true;
	}
	return false;
}

/* A request whose wishes leave no device, and that cannot go without one. */
int choice_check_options(const struct choice *c, struct error *err)
{
	for (size_t r = 0; r < c->in->request_count; r++) {
		if (!has_option(c, r) && !(c->problem.optional >> r & 1))
			return refuse_node(c, r, err);
	}
	return 0;
}

/* Names of the domains that have devices by a profile. */
static void list_holders(const struct choice *c, const char *profile, char *text, size_t size)
{
	const char *separator = "";

	for (size_t i = 0; i < c->in->leases->count; i++) {
		const struct lease *lease = c->in->leases->leases[i];
		bool has = false;

		for (size_t k = 0; choice_is_lent(c->in, lease) && k < lease->grant_count; k++)
			has |= strcmp(lease->grants[k].request.name, profile) == 0;
		if (!has)
			continue;
		text_append(text, size, "%s%s", separator, lease->domain);
		separator = ", ";
	}
}

/* @has: what a running domain has already */
static int refuse_per_domain(const struct choice *c, const struct profile *profile, uint64_t requests,
			     unsigned has, struct error *err)
{
	char who[ERROR_MSG_LEN / 2] = "";

	append_requests(c, requests, who, sizeof(who));
	if (has)
		return error_refuse(err, ALLOCATION_REFUSED,
				    "%s: a domain may have %u by profile %s (per_domain), and '%s' has %u; "
				    "detach one, or end the domain",
				    who, profile->wishes.per_domain, profile->name, c->in->domain->name, has);
	return error_refuse(err, ALLOCATION_REFUSED,
			    "%s: a domain may have %u by profile %s (per_domain); remove a request", who,
			    profile->wishes.per_domain, profile->name);
}

int choice_check_quotas(const struct choice *c, struct error *err)
{
	for (size_t q = 0; q < c->problem.quota_count; q++) {
		const struct solver_quota *quota = &c->quotas[q];
		const struct profile *profile = c->profiles[__builtin_ctzll(quota->requests)];
		unsigned count = (unsigned)__builtin_popcountll(quota->requests & ~c->problem.optional);
		unsigned has = allocator_count_own(c->in, profile->name, NULL);
		char who[ERROR_MSG_LEN / 2] = "", holders[ERROR_MSG_LEN / 2] = "";

		if (count <= quota->most)
			continue;
		if (profile->wishes.per_domain && count + has > profile->wishes.per_domain)
			return refuse_per_domain(c, profile, quota->requests, has, err);
		append_requests(c, quota->requests, who, sizeof(who));
		list_holders(c, profile->name, holders, sizeof(holders));
		return error_refuse(
			err, ALLOCATION_REFUSED,
			"%s: %u may be lent by profile %s at a time (limit), and %u are, to: %s; stop one "
			"of these domains",
			who, profile->wishes.limit, profile->name,
			allocator_count_lent(c->in, profile->name, NULL), holders[0] ? holders : "none");
	}
	return 0;
}

/* The farthest that two devices of the choice are from each other. */
static enum pci_distance spread_of(const struct choice *c, uint64_t requests)
{
	enum pci_distance most = PCI_SAME_CARD;

	for (size_t a = 0; a < c->in->request_count; a++) {
		for (size_t b = 0; b < a; b++) {
			enum pci_distance distance;

			if (!(requests >> a & 1 && requests >> b & 1) || c->chosen[a] == SOLVER_WITHOUT ||
			    c->chosen[b] == SOLVER_WITHOUT)
				continue;
			distance = pci_place_distance(
				&c->allocation->candidates[c->where[c->chosen[a]]].device->place,
				&c->allocation->candidates[c->where[c->chosen[b]]].device->place);
			most = distance > most ? distance : most;
		}
	}
	return most;
}

static void append_choice(const struct choice *c, uint64_t requests, char *text, size_t size)
{
	const char *separator = "";
	char addr[PCI_ADDR_LEN];

	for (size_t r = 0; r < c->in->request_count; r++) {
		if (!(requests >> r & 1) || c->chosen[r] == SOLVER_WITHOUT)
			continue;
		pci_addr_format(&c->allocation->candidates[c->where[c->chosen[r]]].device->addr, addr);
		text_append(text, size, "%s%s = %s", separator, c->in->requests[r].text, addr);
		separator = ", ";
	}
}

static int refuse_rule(const struct choice *c, const struct solver_rule *rule, const struct profile *profile,
		       struct error *err)
{
	char who[ERROR_MSG_LEN / 2] = "", best[ERROR_MSG_LEN / 2] = "", whose[DOMAIN_NAME_LEN + 16] = "";

	append_requests(c, rule->requests, who, sizeof(who));
	append_choice(c, rule->requests, best, sizeof(best));
	if (profile)
		text_append(whose, sizeof(whose), "profile %s", profile->name);
	else
		text_append(whose, sizeof(whose), "domain '%s'", c->in->domain->name);
	return error_refuse(err, ALLOCATION_REFUSED,
			    "%s: no free devices meet %s = %s of %s; the best that can be had: %s (%s)", who,
			    rule->kind == SOLVER_TOGETHER ? "together" : "apart",
			    wish_level_name((enum wish_level)(rule->level + WISH_LEVEL_CARD)), whose, best,
			    pci_distance_name(spread_of(c, rule->requests)));
}

/* Which single rule prevents the choice. */
static int blame_rule(struct choice *c, struct error *err)
{
	size_t last = c->problem.rule_count;

	for (size_t k = 0; k < last; k++) {
		struct solver_rule rule = c->rules[k];
		int rc;

		c->rules[k].requests = 0;
		rc = choice_solve(c, err);
		if (rc == 0)
			return refuse_rule(c, &rule, c->sources[k].profile, err);
		if (rc < 0)
			return -1;
		c->rules[k] = rule;
	}
	return CHOICE_NONE;
}

static int blame_cap(struct choice *c, struct error *err)
{
	size_t count = c->problem.cap_count;

	for (size_t k = 0; k < count; k++) {
		unsigned most = c->caps[k];
		int rc;

		c->caps[k] = DOMAIN_REQUESTS_MAX;
		rc = choice_solve(c, err);
		if (rc == 0)
			return error_refuse(
				err, ALLOCATION_REFUSED,
				"the requests of domain '%s' need more devices of model %s than the %u that "
				"limit and per_domain leave to it; %s",
				c->in->domain ? c->in->domain->name : "", c->capped[k].model->name, most,
				allocator_count_own(c->in, NULL, c->capped[k].model->name)
					? "detach one, or stop a domain that has one"
					: "stop a domain that has one");
		if (rc < 0)
			return -1;
		c->caps[k] = most;
	}
	return CHOICE_NONE;
}

/* The requests that may have a function of a card with a known room. */
static uint64_t requests_with_room(const struct choice *c)
{
	uint64_t requests = 0;

	for (size_t i = 0; i < c->problem.option_count; i++)
		requests |= c->options[i].room ? 1ULL << c->options[i].request : 0;
	return requests;
}

/* Appends "0000:41:00.0 has room for 1 of type 533, 0000:42:00.0 for none of type 533". */
static void append_rooms(const struct choice *c, char *text, size_t size)
{
	for (size_t i = 0; i < c->in->room_count; i++) {
		const struct vgpu_room *room = &c->in->rooms[i];
		char addr[PCI_ADDR_LEN], most[16] = "none";

		if (room->most)
			snprintf(most, sizeof(most), "%u", room->most);
		text_append(text, size, "%s%s%s %s of type %u", i ? ", " : "",
			    pci_addr_format(&room->card, addr), i ? " for" : " has room for", most,
			    room->type);
	}
}

/* Whether cards have too little room for as many vGPUs. */
static int blame_rooms(struct choice *c, struct error *err)
{
	char who[ERROR_MSG_LEN / 2] = "", rooms[ERROR_MSG_LEN / 2] = "";
	int rc;

	for (size_t i = 0; i < c->problem.room_count; i++)
		c->rooms[i] = DOMAIN_REQUESTS_MAX;
	rc = c->problem.room_count ? choice_solve(c, err) : CHOICE_NONE;
	for (size_t i = 0; i < c->problem.room_count; i++)
		c->rooms[i] = c->in->rooms[i].most;
	if (rc != 0)
		return rc < 0 ? -1 : CHOICE_NONE;
	append_requests(c, requests_with_room(c), who, sizeof(who));
	append_rooms(c, rooms, sizeof(rooms));
	return error_refuse(err, ALLOCATION_REFUSED,
			    "%s: no cards have room for as many vGPUs: %s; end a domain that has one, or "
			    "remove a request",
			    who, rooms);
}

/* Several rules together prevent what none of them alone does. */
static int blame_rules(struct choice *c, struct error *err)
{
	uint64_t requests = 0;
	char who[ERROR_MSG_LEN / 2] = "", best[ERROR_MSG_LEN / 2] = "";
	int rc;

	for (size_t k = 0; k < c->problem.rule_count; k++) {
		requests |= c->rules[k].requests;
		c->rules[k].requests = 0;
	}
	rc = requests ? choice_solve(c, err) : CHOICE_NONE;
	if (rc != 0)
		return rc < 0 ? -1 : CHOICE_NONE;
	append_requests(c, requests, who, sizeof(who));
	append_choice(c, requests, best, sizeof(best));
	return error_refuse(
		err, ALLOCATION_REFUSED,
		"%s: no free devices meet together and apart of all of them; without these wishes they "
		"would get: %s",
		who, best);
}

int choice_explain(struct choice *c, struct error *err)
{
	int rc = blame_rule(c, err);

	if (rc == CHOICE_NONE)
		rc = blame_cap(c, err);
	if (rc == CHOICE_NONE)
		rc = blame_rooms(c, err);
	return rc == CHOICE_NONE ? blame_rules(c, err) : rc;
}

/* Edges that the search for the reason of one request may look at, and each of its parts: it only explains.
 */
#define EXPLAIN_WORK_MAX (SOLVER_WORK_MAX / 1000)

/* Makes @request and those with a device mandatory, and says what prevents that. *err is "" for no wish. */
static void explain_mandatory(struct choice *c, const size_t *chosen, size_t request, struct error *err)
{
	uint64_t mandatory = 1ULL << request;
	struct error why;

	for (size_t r = 0; r < c->in->request_count; r++) {
		if (chosen[r] != SOLVER_WITHOUT)
			mandatory |= 1ULL << r;
	}
	c->problem.optional = ~mandatory;
	c->problem.work_max = EXPLAIN_WORK_MAX;
	if (choice_check_options(c, &why) == ALLOCATION_REFUSED ||
	    choice_check_quotas(c, &why) == ALLOCATION_REFUSED ||
	    choice_explain(c, &why) == ALLOCATION_REFUSED)
		*err = why;
}

static bool has_free(const struct choice *c, size_t request)
{
	for (size_t i = 0; i < c->allocation->count; i++) {
		const struct candidate *candidate = &c->allocation->candidates[i];

		if (candidate->request == request && verdict_is_free(&candidate->verdict))
			return true;
	}
	return false;
}

void choice_explain_without(struct choice *c, const size_t *chosen, size_t request,
			    char why[static ERROR_MSG_LEN])
{
	CLEANUP_FREE struct solver_rule *rules =
		array_copy(c->rules, c->problem.rule_count, sizeof(*c->rules));
	CLEANUP_FREE unsigned *caps = array_copy(c->caps, c->problem.cap_count, sizeof(*c->caps));
	const struct solver_problem before = c->problem;
	struct error err = { 0 };

	if (c->barred >> request & 1)
		(void)choice_check_allowed(c, request, &err);
	else if (has_free(c, request) && (rules || !before.rule_count) && (caps || !before.cap_count))
		explain_mandatory(c, chosen, request, &err);
	strcpy(why, err.msg);
	c->problem = before;
	if (rules)
		memcpy(c->rules, rules, before.rule_count * sizeof(*rules));
	if (caps)
		memcpy(c->caps, caps, before.cap_count * sizeof(*caps));
}
