/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/solve/rules.h"

#include <string.h>

static bool is_member(const struct solver_rule *rule, size_t request)
{
	return rule->requests >> request & 1;
}

static bool may_go_without(const struct relaxation *x, size_t request)
{
	return x->now.without >> request & 1;
}

/* Forbids the options of a request at a place of a level, or all others. */
static void forbid_place(struct relaxation *x, size_t request, enum solver_level level, uint32_t place)
{
	for (size_t i = x->first[request]; i < x->first[request + 1]; i++) {
		if (x->place[level][i] == place)
			relaxation_forbid(x, request, i);
	}
}

void rules_forbid_unknown(struct relaxation *x)
{
	for (size_t k = 0; k < x->problem->rule_count; k++) {
		const struct solver_rule *rule = &x->problem->rules[k];

		for (size_t r = 0; rule_counts(rule) && r < x->problem->request_count; r++) {
			if (is_member(rule, r))
				forbid_place(x, r, rule->level, 0);
		}
	}
}

/* The only option that is left to a request. */
static size_t only_option(const struct relaxation *x, size_t request)
{
	size_t i = x->first[request];

	if (may_go_without(x, request))
		return SOLVER_WITHOUT;
	while (!x->now.allowed[i])
		i++;
	return i;
}

static bool overlap(const struct relaxation *x, size_t a, size_t b)
{
	const struct solver_option *o = &x->problem->options[a], *p = &x->problem->options[b];

	return (o->functions & p->functions) && pci_addr_equal(&o->slot, &p->slot);
}

static void forbid_if_taken(struct relaxation *x, size_t taken, size_t other)
{
	size_t request = x->problem->options[other].request;

	if (request != x->problem->options[taken].request && overlap(x, taken, other))
		relaxation_forbid(x, request, other);
}

/* No other request gets functions of a device that is given. */
static void forbid_overlaps(struct relaxation *x, size_t option)
{
	const struct pci_addr *slot = &x->problem->options[option].slot;
	size_t count = x->problem->option_count;

	for (size_t k = x->rank[option]; k-- > 0;) {
		if (!pci_addr_equal(&x->problem->options[x->by_slot[k]].slot, slot))
			break;
		forbid_if_taken(x, option, x->by_slot[k]);
	}
	for (size_t k = x->rank[option] + 1; k < count; k++) {
		if (!pci_addr_equal(&x->problem->options[x->by_slot[k]].slot, slot))
			break;
		forbid_if_taken(x, option, x->by_slot[k]);
	}
}

/* Two kinds of bounds of how many devices may be given. */
enum bound { BOUND_CAP, BOUND_ROOM };

/* The number of the bound that an option counts for; 0: none. */
static uint32_t bound_of(const struct solver_option *option, enum bound bound)
{
	return bound == BOUND_CAP ? option->cap : option->room;
}

static unsigned most_of(const struct solver_problem *p, enum bound bound, uint32_t number)
{
	return (bound == BOUND_CAP ? p->caps : p->rooms)[number - 1];
}

/* A bound that is used up admits no other request. False when more are given for certain. */
static bool narrow_bound(struct relaxation *x, enum bound bound, uint32_t number)
{
	const struct solver_problem *p = x->problem;
	unsigned given = 0;
	uint64_t decided = 0;

	if (!number)
		return true;

	for (size_t r = 0; r < p->request_count; r++) {
		size_t only = x->now.left[r] == 1 ? only_option(x, r) : SOLVER_WITHOUT;

		if (only == SOLVER_WITHOUT || bound_of(&p->options[only], bound) != number)
			continue;
		given++;
		decided |= 1ULL << r;
	}
	if (given < most_of(p, bound, number))
		return true;
	for (size_t i = 0; i < p->option_count; i++) {
		if (bound_of(&p->options[i], bound) == number && !(decided >> p->options[i].request & 1))
			relaxation_forbid(x, p->options[i].request, i);
	}
	return given == most_of(p, bound, number);
}

/* False when the set must get more than its quota. */
static bool narrow_quota(struct relaxation *x, const struct solver_quota *quota)
{
	unsigned given = (unsigned)__builtin_popcountll(quota->requests & ~x->now.without);

	for (size_t r = 0; r < x->problem->request_count; r++) {
		/* It goes without already. */
		if (quota->requests >> r & 1 && may_go_without(x, r) && x->now.left[r] == 1)
			continue;
		for (size_t i = x->first[r]; given >= quota->most && quota->requests >> r & 1 &&
					     may_go_without(x, r) && i < x->first[r + 1];
		     i++)
			relaxation_forbid(x, r, i);
	}
	return given <= quota->most;
}

static bool narrow_decided(struct relaxation *x, size_t request)
{
	size_t only = x->now.left[request] == 1 ? only_option(x, request) : SOLVER_WITHOUT;

	if (only == SOLVER_WITHOUT)
		return true;
	forbid_overlaps(x, only);
	return narrow_bound(x, BOUND_CAP, x->problem->options[only].cap) &&
	       narrow_bound(x, BOUND_ROOM, x->problem->options[only].room);
}

/* Together: only places that each request that must get a device can have. */
static void narrow_together(struct relaxation *x, const struct solver_rule *rule, uint32_t *scratch)
{
	const uint32_t *place = x->place[rule->level];
	uint32_t needed = 0;

	for (size_t r = 0; r < x->problem->request_count; r++) {
		if (!is_member(rule, r) || may_go_without(x, r))
			continue;
		for (size_t i = x->first[r]; i < x->first[r + 1]; i++) {
			if (x->now.allowed[i] && scratch[place[i]] == needed)
				scratch[place[i]]++;
		}
		needed++;
	}
	for (size_t r = 0; r < x->problem->request_count; r++) {
		for (size_t i = x->first[r]; is_member(rule, r) && i < x->first[r + 1]; i++) {
			if (scratch[place[i]] != needed)
				relaxation_forbid(x, r, i);
		}
	}
	memset(scratch, 0, (x->places[rule->level] + 1) * sizeof(*scratch));
}

/* Returns the place where the request gets its device for certain; 0: it cannot be told. */
static uint32_t certain_place(const struct relaxation *x, size_t request, enum solver_level level)
{
	uint32_t place = 0;

	if (may_go_without(x, request))
		return 0;
	for (size_t i = x->first[request]; i < x->first[request + 1]; i++) {
		if (!x->now.allowed[i])
			continue;
		if (place && x->place[level][i] != place)
			return 0;
		place = x->place[level][i];
	}
	return place;
}

static void narrow_apart(struct relaxation *x, const struct solver_rule *rule, uint64_t changed)
{
	for (size_t r = 0; r < x->problem->request_count; r++) {
		uint32_t place =
			is_member(rule, r) && changed >> r & 1 ? certain_place(x, r, rule->level) : 0;

		for (size_t k = 0; place && k < x->problem->request_count; k++) {
			if (k != r && is_member(rule, k))
				forbid_place(x, k, rule->level, place);
		}
	}
}

static bool narrow_once(struct relaxation *x, uint64_t changed, uint32_t *scratch)
{
	const struct solver_problem *p = x->problem;

	for (size_t r = 0; r < p->request_count; r++) {
		if (x->now.left[r] == 0 || (changed >> r & 1 && !narrow_decided(x, r)))
			return false;
	}
	for (size_t q = 0; q < p->quota_count; q++) {
		if (p->quotas[q].requests & changed && !narrow_quota(x, &p->quotas[q]))
			return false;
	}
	for (size_t k = 0; k < p->rule_count; k++) {
		const struct solver_rule *rule = &p->rules[k];

		if (!rule_counts(rule) || !(rule->requests & changed))
			continue;
		if (rule->kind == SOLVER_TOGETHER)
			narrow_together(x, rule, scratch);
		else
			narrow_apart(x, rule, changed);
	}
	return true;
}

bool rules_narrow(struct relaxation *x, uint32_t *scratch)
{
	while (x->changed) {
		uint64_t changed = x->changed;

		x->changed = 0;
		if (!narrow_once(x, changed, scratch))
			return false;
	}
	return true;
}

/* The costs of the pools of a choice: of all, or of those that the network does not know. */
static wide_cost cost_pools(const struct relaxation *x, const size_t *choice, bool all, bool decided_only)
{
	const struct solver_problem *p = x->problem;
	wide_cost cost = 0;

	for (size_t r = 0; r < p->request_count; r++) {
		uint32_t pool = choice[r] < p->option_count ? p->options[choice[r]].pool : 0;
		size_t count = 1;

		if (!pool || (!all && x->is_modelled[pool - 1]) || (decided_only && x->now.left[r] != 1))
			continue;
		for (size_t k = 0; k < r; k++) {
			if (choice[k] < p->option_count && p->options[choice[k]].pool == pool &&
			    (!decided_only || x->now.left[k] == 1))
				count++;
		}
		cost += relaxation_pool_cost(p, pool - 1, count);
	}
	return cost;
}

wide_cost rules_cost(const struct relaxation *x, const size_t *choice)
{
	wide_cost cost = cost_pools(x, choice, true, false) + x->hopeless - relaxation_quota;

	for (size_t r = 0; r < x->problem->request_count; r++) {
		if (choice[r] == SOLVER_WITHOUT)
			cost += relaxation_nothing;
		else
			cost += x->cost[choice[r]] - (x->quota[r] >= 0 ? relaxation_quota : 0);
	}
	return cost;
}

wide_cost rules_bound(const struct relaxation *x, const size_t *choice)
{
	wide_cost bound = x->net.now.total + cost_pools(x, choice, false, true);

	for (size_t r = 0; r < x->problem->request_count; r++) {
		if (x->now.left[r] == 1 && choice[r] < x->problem->option_count)
			bound += x->cost[choice[r]] - x->rated[choice[r]];
	}
	return bound;
}

static struct branch by_option(size_t request, size_t option)
{
	if (option == SOLVER_WITHOUT)
		return (struct branch){ .kind = BRANCH_WITHOUT, .request = request };
	return (struct branch){ .kind = BRANCH_OPTION, .request = request, .option = option };
}

static uint32_t place_of(const struct relaxation *x, enum solver_level level, size_t option)
{
	return option < x->problem->option_count ? x->place[level][option] : 0;
}

/* The requests of a rule have devices in different places. */
static bool is_scattered(const struct relaxation *x, const struct solver_rule *rule, const size_t *choice)
{
	uint32_t first = 0;

	for (size_t r = 0; r < x->problem->request_count; r++) {
		uint32_t place = is_member(rule, r) ? place_of(x, rule->level, choice[r]) : 0;

		if (place && first && place != first)
			return true;
		if (place)
			first = place;
	}
	return false;
}

/* Two requests that must be apart are in one place; one of them is not certain to be there. */
static bool find_clash(const struct relaxation *x, const struct solver_rule *rule, const size_t *choice,
		       struct branch *out)
{
	for (size_t r = 0; r < x->problem->request_count; r++) {
		uint32_t place = is_member(rule, r) ? place_of(x, rule->level, choice[r]) : 0;

		for (size_t k = 0; place && k < r; k++) {
			size_t who;

			if (!is_member(rule, k) || place_of(x, rule->level, choice[k]) != place)
				continue;
			who = certain_place(x, k, rule->level) ? r : k;
			*out = (struct branch){ .kind = BRANCH_PLACE,
						.rule = rule,
						.request = who,
						.level = rule->level,
						.place = place };
			return true;
		}
	}
	return false;
}

static bool branch_on_rules(const struct relaxation *x, const size_t *choice, struct branch *out)
{
	const struct solver_problem *p = x->problem;

	for (size_t k = 0; k < p->rule_count; k++) {
		if (p->rules[k].kind == SOLVER_TOGETHER && rule_counts(&p->rules[k]) &&
		    is_scattered(x, &p->rules[k], choice)) {
			*out = (struct branch){ .kind = BRANCH_TOGETHER, .rule = &p->rules[k] };
			return true;
		}
	}
	for (size_t k = 0; k < p->rule_count; k++) {
		if (p->rules[k].kind == SOLVER_APART && rule_counts(&p->rules[k]) &&
		    find_clash(x, &p->rules[k], choice, out))
			return true;
	}
	return false;
}

/* A request was led to a place through the device of another. */
static bool branch_on_lost(const struct relaxation *x, const size_t *choice, const size_t *lost,
			   struct branch *out)
{
	for (size_t r = 0; r < x->problem->request_count; r++) {
		enum solver_level level;

		if (choice[r] != RELAXATION_LOST)
			continue;
		level = x->problem->rules[x->class_rule[r]].level;
		*out = (struct branch){
			.kind = BRANCH_PLACE, .request = r, .level = level, .place = x->place[level][lost[r]]
		};
		return true;
	}
	return false;
}

static bool branch_on_overlaps(const struct relaxation *x, const size_t *choice, struct branch *out)
{
	for (size_t r = 0; r < x->problem->request_count; r++) {
		for (size_t k = 0; choice[r] < x->problem->option_count && k < r; k++) {
			size_t who = x->now.left[k] == 1 ? r : k;

			if (choice[k] >= x->problem->option_count || !overlap(x, choice[r], choice[k]))
				continue;
			*out = by_option(who, choice[who]);
			return true;
		}
	}
	return false;
}

static bool keeps_quotas(const struct solver_problem *p, const size_t *choice, uint64_t *suspects)
{
	for (size_t q = 0; q < p->quota_count; q++) {
		unsigned given = 0;

		for (size_t r = 0; r < p->request_count; r++)
			given += p->quotas[q].requests >> r & 1 && choice[r] != SOLVER_WITHOUT;
		*suspects = p->quotas[q].requests;
		if (given > p->quotas[q].most)
			return false;
	}
	return true;
}

static bool keeps_bounds(const struct solver_problem *p, enum bound bound, const size_t *choice,
			 uint64_t *suspects)
{
	for (size_t r = 0; r < p->request_count; r++) {
		uint32_t number = choice[r] < p->option_count ? bound_of(&p->options[choice[r]], bound) : 0;
		unsigned given = 0;

		*suspects = 0;
		for (size_t k = 0; number && k < p->request_count; k++) {
			if (choice[k] >= p->option_count || bound_of(&p->options[choice[k]], bound) != number)
				continue;
			given++;
			*suspects |= 1ULL << k;
		}
		if (number && given > most_of(p, bound, number))
			return false;
	}
	return true;
}

/* The costs are more than the bound: what a request costs more than its edges, or a pool. */
static uint64_t costly(const struct relaxation *x, const size_t *choice)
{
	uint64_t suspects = 0, in_pools = 0;

	for (size_t r = 0; r < x->problem->request_count; r++) {
		if (choice[r] >= x->problem->option_count || x->now.left[r] == 1)
			continue;
		if (x->cost[choice[r]] > x->rated[choice[r]])
			suspects |= 1ULL << r;
		if (x->problem->options[choice[r]].pool)
			in_pools |= 1ULL << r;
	}
	return suspects ? suspects : in_pools;
}

static struct branch branch_on_quota(const struct relaxation *x, uint64_t members)
{
	for (size_t r = 0; r < x->problem->request_count; r++) {
		if (members >> r & 1 && may_go_without(x, r) && x->now.left[r] > 1)
			return by_option(r, SOLVER_WITHOUT);
	}
	return (struct branch){ .kind = BRANCH_DEAD };
}

/* Decides a suspect that is not decided. */
static struct branch branch_on(const struct relaxation *x, const size_t *choice, uint64_t suspects)
{
	for (size_t r = 0; r < x->problem->request_count; r++) {
		if (suspects >> r & 1 && x->now.left[r] > 1)
			return by_option(r, choice[r]);
	}
	return (struct branch){ .kind = BRANCH_DEAD };
}

struct branch rules_branch(const struct relaxation *x, const size_t *choice, const size_t *lost,
			   wide_cost bound)
{
	struct branch branch = { .kind = BRANCH_NONE };
	uint64_t suspects;

	if (branch_on_rules(x, choice, &branch) || branch_on_lost(x, choice, lost, &branch) ||
	    branch_on_overlaps(x, choice, &branch))
		return branch;
	if (!keeps_bounds(x->problem, BOUND_CAP, choice, &suspects) ||
	    !keeps_bounds(x->problem, BOUND_ROOM, choice, &suspects))
		return branch_on(x, choice, suspects);
	if (!keeps_quotas(x->problem, choice, &suspects))
		return branch_on_quota(x, suspects);
	suspects = rules_cost(x, choice) > bound ? costly(x, choice) : 0;
	return suspects ? branch_on(x, choice, suspects) : branch;
}
