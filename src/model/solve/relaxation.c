/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/solve/relaxation.h"

#include <stdlib.h>
#include <string.h>

/*
 * Costs are digits of one number, the most significant first: quotas that are broken, requests that get
 * nothing, then those of the options. No sum of SOLVER_REQUESTS_MAX costs, of options and pools, fills a
 * digit, so that the order of the numbers is the order level by level.
 */
#define DIGIT_BITS 18
#define DIGIT(level) ((wide_cost)1 << (DIGIT_BITS * (SOLVER_COSTS - 1 - (level))))

_Static_assert(2 * SOLVER_REQUESTS_MAX * SOLVER_COST_MAX < 1 << DIGIT_BITS, "a digit holds all requests");
_Static_assert(DIGIT_BITS *(SOLVER_COSTS + 2) < 127, "the digits fit");

const wide_cost relaxation_nothing = DIGIT(-1), relaxation_quota = DIGIT(-2);

wide_cost relaxation_pool_cost(const struct solver_problem *problem, size_t pool, size_t count)
{
	size_t cost = problem->pools[pool] + count - 1;

	return (wide_cost)(cost < SOLVER_COST_MAX ? cost : SOLVER_COST_MAX) * DIGIT((int)problem->pool_cost);
}

static wide_cost own_cost(const struct solver_option *option)
{
	wide_cost cost = 0;

	for (int level = 0; level < SOLVER_COSTS; level++)
		cost += option->costs[level] * DIGIT(level);
	return cost;
}

void relaxation_state_clear(struct relaxation_state *state)
{
	mincost_state_clear(&state->flow);
	free(state->allowed);
	free(state->uses);
}

int relaxation_state_init(const struct relaxation *x, struct relaxation_state *state)
{
	*state = (struct relaxation_state){ 0 };
	state->allowed = calloc(x->problem->option_count + 1, sizeof(*state->allowed));
	state->uses = calloc(x->net.edge_count / 2 + 1, sizeof(*state->uses));
	return state->allowed && state->uses && mincost_state_init(&x->net, &state->flow) == 0 ? 0 : -1;
}

static void copy_marks(const struct relaxation *x, const struct relaxation_state *from,
		       struct relaxation_state *to)
{
	memcpy(to->allowed, from->allowed, x->problem->option_count * sizeof(*to->allowed));
	memcpy(to->uses, from->uses, x->net.edge_count / 2 * sizeof(*to->uses));
	memcpy(to->left, from->left, sizeof(to->left));
	to->without = from->without;
}

void relaxation_save(const struct relaxation *x, struct relaxation_state *state)
{
	copy_marks(x, &x->now, state);
	mincost_copy(&x->net, &x->net.now, &state->flow);
}

void relaxation_restore(struct relaxation *x, const struct relaxation_state *state)
{
	copy_marks(x, state, &x->now);
	mincost_copy(&x->net, &state->flow, &x->net.now);
	x->pending_count = 0;
	x->changed = 0;
}

void relaxation_clear(struct relaxation *x)
{
	mincost_clear(&x->net);
	relaxation_state_clear(&x->now);
	for (size_t level = 0; level < SOLVER_LEVELS; level++)
		free(x->place[level]);
	free(x->by_slot);
	free(x->rank);
	free(x->unit);
	free(x->class);
	free(x->bin);
	free(x->is_modelled);
	free(x->pool_edge);
	free(x->pool_size);
	free(x->cost);
	free(x->rated);
	free(x->leg[0]);
	free(x->leg[1]);
	free(x->pending);
}

/* A key of an option by which equal ones get the same number. */
struct key {
	uint64_t major, minor;
	size_t option;
};

static uint64_t slot_number(const struct pci_addr *slot)
{
	return (uint64_t)slot->domain << 16 | (uint64_t)slot->bus << 8 | slot->slot;
}

static bool same_keys(const struct key *a, const struct key *b)
{
	return a->major == b->major && a->minor == b->minor;
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	if (x->minor != y->minor)
		return x->minor < y->minor ? -1 : 1;
	return (x->option > y->option) - (x->option < y->option);
}

/* Many are in order already. */
static void sort_keys(struct key *keys, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (compare_keys(&keys[i - 1], &keys[i]) > 0) {
			qsort(keys, count, sizeof(*keys), compare_keys);
			return;
		}
	}
}

/* Sorts the keys and numbers them from @base. Returns how many numbers there are. */
static size_t number_keys(struct key *keys, size_t count, uint32_t base, uint32_t *numbers)
{
	size_t distinct = 0;

	sort_keys(keys, count);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !same_keys(&keys[i - 1], &keys[i]))
			distinct++;
		numbers[keys[i].option] = base + (uint32_t)distinct - 1;
	}
	return distinct;
}

/*
 * Of the functions of an option, that which most options of the slot have: most conflicts are then about one
 * unit.
 * @busy: how many have each function
 */
static uint8_t busiest(const unsigned busy[PCI_FUNCTIONS], uint8_t functions)
{
	int best = -1;

	for (int f = 0; f < PCI_FUNCTIONS; f++) {
		if (functions >> f & 1 && (best < 0 || busy[f] > busy[best]))
			best = f;
	}
	return (uint8_t)best;
}

static size_t end_of_run(const struct key *keys, size_t count, size_t begin)
{
	size_t end = begin + 1;

	while (end < count && same_keys(&keys[begin], &keys[end]))
		end++;
	return end;
}

static void choose_units(struct relaxation *x, const struct key *keys, size_t begin, size_t end)
{
	const struct solver_option *options = x->problem->options;
	unsigned busy[PCI_FUNCTIONS] = { 0 };

	for (size_t k = begin; k < end; k++) {
		for (int f = 0; f < PCI_FUNCTIONS; f++)
			busy[f] += options[keys[k].option].functions >> f & 1;
	}
	for (size_t k = begin; k < end; k++)
		x->unit[keys[k].option] = busiest(busy, options[keys[k].option].functions);
}

static void number_units(struct relaxation *x, struct key *keys)
{
	size_t count = x->problem->option_count;

	for (size_t i = 0; i < count; i++)
		keys[i] = (struct key){ .major = slot_number(&x->problem->options[i].slot), .option = i };
	sort_keys(keys, count);
	for (size_t begin = 0, end; begin < count; begin = end) {
		end = end_of_run(keys, count, begin);
		choose_units(x, keys, begin, end);
	}
	for (size_t k = 0; k < count; k++) {
		x->by_slot[k] = keys[k].option;
		x->rank[keys[k].option] = k;
		keys[k].minor = x->unit[keys[k].option];
	}
	x->units = number_keys(keys, count, 0, x->unit);
}

static void number_places(struct relaxation *x, size_t level, struct key *keys)
{
	const struct solver_option *options = x->problem->options;
	bool is_asked = false;
	size_t n = 0;

	for (size_t k = 0; k < x->problem->rule_count; k++)
		is_asked |= x->problem->rules[k].level == level;
	for (size_t i = 0; is_asked && i < x->problem->option_count; i++) {
		if (options[i].places[level])
			keys[n++] = (struct key){ .major = options[i].places[level], .option = i };
	}
	x->places[level] = number_keys(keys, n, 1, x->place[level]);
}

/* Of several rules that keep a request apart, that with the most requests has the classes. */
static void number_classes(struct relaxation *x, struct key *keys)
{
	const struct solver_problem *p = x->problem;
	size_t n = 0;

	for (size_t r = 0; r < p->request_count; r++) {
		int best = -1;

		for (size_t i = 0; i < p->rule_count; i++) {
			const struct solver_rule *rule = &p->rules[i];

			if (rule->kind == SOLVER_APART && rule->requests >> r & 1 &&
			    (best < 0 || __builtin_popcountll(rule->requests) >
						 __builtin_popcountll(p->rules[best].requests)))
				best = (int)i;
		}
		x->class_rule[r] = best;
	}
	for (size_t i = 0; i < p->option_count; i++) {
		int rule = x->class_rule[p->options[i].request];

		x->class[i] = MINCOST_NO_EDGE;
		if (rule < 0 || !x->place[p->rules[rule].level][i])
			continue;
		keys[n++] = (struct key){ .major = (uint64_t)rule,
					  .minor = x->place[p->rules[rule].level][i],
					  .option = i };
	}
	x->classes = number_keys(keys, n, 0, x->class);
}

static void find_firsts(struct relaxation *x)
{
	size_t option = 0;

	for (size_t r = 0; r <= x->problem->request_count; r++) {
		while (option < x->problem->option_count && x->problem->options[option].request < r)
			option++;
		x->first[r] = option;
	}
}

static void choose_quotas(struct relaxation *x)
{
	const struct solver_problem *p = x->problem;

	for (size_t r = 0; r < p->request_count; r++) {
		x->quota[r] = -1;
		for (size_t q = p->quota_count; q-- > 0;) {
			if (p->quotas[q].requests >> r & 1)
				x->quota[r] = (int)q;
		}
	}
}

/* The numbers of nodes: the sink, caps, pools, a node for each quota and one without, rooms, units, classes,
 * requests. */
static uint32_t cap_node(size_t cap)
{
	return (uint32_t)(1 + cap);
}

static uint32_t pool_node(const struct relaxation *x, size_t pool)
{
	return cap_node(x->problem->cap_count + pool);
}

static uint32_t quota_node(const struct relaxation *x, int quota)
{
	return pool_node(x, x->problem->pool_count + (size_t)(quota + 1));
}

static uint32_t room_node(const struct relaxation *x, size_t room)
{
	return quota_node(x, (int)x->problem->quota_count) + (uint32_t)room;
}

static uint32_t unit_node(const struct relaxation *x, size_t unit)
{
	return room_node(x, x->problem->room_count + unit);
}

/* A class has an entrance and an exit, and room for one between them. */
static uint32_t class_node(const struct relaxation *x, size_t class, size_t exit)
{
	return unit_node(x, x->units + 2 * class + exit);
}

static uint32_t request_node(const struct relaxation *x, size_t request)
{
	return class_node(x, x->classes + request, 0) - (uint32_t)request;
}

/*
 * What is behind a unit. Where its options have different pools or caps, it is the sink: the network does not
 * know them then. So is it for a pool whose options have different caps.
 */
#define BIN_MIXED UINT32_MAX

static void find_bins(struct relaxation *x, uint32_t *pool_cap, uint32_t *cap, uint32_t *pool)
{
	const struct solver_problem *p = x->problem;

	for (size_t i = 0; i < p->option_count; i++) {
		const struct solver_option *o = &p->options[i];
		uint32_t u = x->unit[i];

		cap[u] = cap[u] == 0 || cap[u] == o->cap + 1 ? o->cap + 1 : BIN_MIXED;
		pool[u] = pool[u] == 0 || pool[u] == o->pool + 1 ? o->pool + 1 : BIN_MIXED;
	}
	for (size_t u = 0; u < x->units; u++) {
		uint32_t *of;

		if (cap[u] == BIN_MIXED)
			pool[u] = pool[u] == 1 ? 1 : BIN_MIXED;
		if (pool[u] == BIN_MIXED || pool[u] == 1)
			continue;
		of = &pool_cap[pool[u] - 2];
		*of = *of == 0 || *of == cap[u] ? cap[u] : BIN_MIXED;
	}
	/* A pool with an option on a unit that is mixed is not known as a whole. */
	for (size_t i = 0; i < p->option_count; i++) {
		if (p->options[i].pool && pool[x->unit[i]] == BIN_MIXED)
			pool_cap[p->options[i].pool - 1] = BIN_MIXED;
	}
}

static int place_bins(struct relaxation *x)
{
	const struct solver_problem *p = x->problem;
	uint32_t *pool_cap = calloc(2 * p->pool_count + 2 * x->units + 1, sizeof(*pool_cap));
	uint32_t *size, *cap, *pool;

	if (!pool_cap)
		return -1;
	size = pool_cap + p->pool_count;
	cap = size + p->pool_count;
	pool = cap + x->units;
	find_bins(x, pool_cap, cap, pool);
	for (size_t u = 0; u < x->units; u++) {
		x->bin[u] = MINCOST_SINK;
		if (pool[u] != BIN_MIXED && pool[u] > 1 && pool_cap[pool[u] - 2] != BIN_MIXED) {
			x->bin[u] = pool_node(x, pool[u] - 2);
			size[pool[u] - 2]++;
		} else if (cap[u] != BIN_MIXED && cap[u] > 1) {
			x->bin[u] = cap_node(cap[u] - 2);
		}
	}
	for (size_t g = 0; g < p->pool_count; g++) {
		x->is_modelled[g] = pool_cap[g] && pool_cap[g] != BIN_MIXED;
		x->pool_edge[g] = (uint32_t)x->net.edge_count;
		x->pool_size[g] = size[g] < p->request_count ? size[g] : (uint32_t)p->request_count;
		for (size_t n = 1; x->is_modelled[g] && n <= x->pool_size[g]; n++)
			(void)mincost_add(&x->net, pool_node(x, g),
					  pool_cap[g] > 1 ? cap_node(pool_cap[g] - 2) : MINCOST_SINK, 1,
					  relaxation_pool_cost(p, g, n));
	}
	free(pool_cap);
	return 0;
}

static unsigned at_most(unsigned most, size_t requests)
{
	return most < requests ? most : (unsigned)requests;
}

/* The room that all options of a unit have; 0: none, or they differ. */
static void find_rooms(const struct relaxation *x, uint32_t *room)
{
	for (size_t i = 0; i < x->problem->option_count; i++) {
		uint32_t *of = &room[x->unit[i]], its = x->problem->options[i].room + 1;

		*of = *of == 0 || *of == its ? its : BIN_MIXED;
	}
	for (size_t u = 0; u < x->units; u++)
		room[u] = room[u] == BIN_MIXED ? 0 : room[u] - 1;
}

/*
 * Puts each room between its units and what is behind them, if that is the same for all. A unit whose options
 * are of different rooms goes past them: the network then knows a part of what they may take.
 */
static int place_rooms(struct relaxation *x)
{
	const struct solver_problem *p = x->problem;
	uint32_t *room = calloc(x->units + 2 * p->room_count + 1, sizeof(*room)), *behind, *is_mixed;

	if (!room)
		return -1;
	behind = room + x->units;
	is_mixed = behind + p->room_count;
	find_rooms(x, room);
	for (size_t u = 0; u < x->units; u++) {
		uint32_t *bin = room[u] ? &behind[room[u] - 1] : NULL;

		if (!bin)
			continue;
		is_mixed[room[u] - 1] |= *bin && *bin != x->bin[u] + 1;
		*bin = x->bin[u] + 1;
	}
	for (size_t u = 0; u < x->units; u++) {
		if (room[u] && !is_mixed[room[u] - 1])
			x->bin[u] = room_node(x, room[u] - 1);
	}
	for (size_t k = 0; k < p->room_count; k++) {
		if (behind[k] && !is_mixed[k])
			(void)mincost_add(&x->net, room_node(x, k), behind[k] - 1,
					  (uint8_t)at_most(p->rooms[k], p->request_count), 0);
	}
	free(room);
	return 0;
}

/* Each device of a request with a quota costs relaxation_quota, and so does getting nothing once enough get
 * nothing. */
static void add_ends(struct relaxation *x)
{
	const struct solver_problem *p = x->problem;
	unsigned members[SOLVER_REQUESTS_MAX + 1] = { 0 };

	for (size_t c = 0; c < p->cap_count; c++)
		(void)mincost_add(&x->net, cap_node(c), MINCOST_SINK,
				  (uint8_t)at_most(p->caps[c], p->request_count), 0);
	for (size_t u = 0; u < x->units; u++)
		(void)mincost_add(&x->net, unit_node(x, u), x->bin[u], 1, 0);
	for (size_t r = 0; r < p->request_count; r++)
		members[x->quota[r] + 1]++;
	(void)mincost_add(&x->net, quota_node(x, -1), MINCOST_SINK, (uint8_t)p->request_count, 0);
	x->hopeless = relaxation_quota;
	for (size_t q = 0; q < p->quota_count; q++) {
		unsigned count = members[q + 1], most = at_most(p->quotas[q].most, count);

		(void)mincost_add(&x->net, quota_node(x, (int)q), MINCOST_SINK, (uint8_t)(count - most), 0);
		(void)mincost_add(&x->net, quota_node(x, (int)q), MINCOST_SINK, (uint8_t)most,
				  relaxation_quota);
		x->hopeless += most * relaxation_quota;
	}
}

static void add_requests(struct relaxation *x)
{
	const struct solver_problem *p = x->problem;

	for (size_t r = 0; r < p->request_count; r++) {
		x->nothing[r] = MINCOST_NO_EDGE;
		if (!(p->optional >> r & 1))
			continue;
		x->nothing[r] = mincost_add(&x->net, request_node(x, r), quota_node(x, x->quota[r]), 1,
					    relaxation_nothing);
		x->now.without |= 1ULL << r;
		x->now.left[r]++;
	}
	for (size_t i = 0; i < p->option_count; i++) {
		size_t r = p->options[i].request;

		x->cost[i] = own_cost(&p->options[i]) + (x->quota[r] >= 0 ? relaxation_quota : 0);
		x->now.allowed[i] = 1;
		x->now.left[r]++;
		x->leg[0][i] = x->leg[1][i] = MINCOST_NO_EDGE;
		if (x->class[i] != MINCOST_NO_EDGE)
			continue;
		x->leg[0][i] =
			mincost_add(&x->net, request_node(x, r), unit_node(x, x->unit[i]), 1, x->cost[i]);
		x->rated[i] = x->cost[i];
	}
}

static wide_cost lowest(const wide_cost *costs, const struct key *keys, size_t begin, size_t end)
{
	wide_cost best = costs[keys[begin].option];

	for (size_t i = begin + 1; i < end; i++) {
		if (costs[keys[i].option] < best)
			best = costs[keys[i].option];
	}
	return best;
}

/*
 * A request pays on the way into a class what its best option there costs, and a class on the way to a unit
 * what the request pays more for whom it is best: together at most the cost of the option.
 */
static void add_leg(struct relaxation *x, int leg, struct key *keys, wide_cost *costs)
{
	size_t n = 0;

	for (size_t i = 0; i < x->problem->option_count; i++) {
		if (x->class[i] != MINCOST_NO_EDGE)
			keys[n++] = (struct key){ .major = leg ? x->class[i] : x->problem->options[i].request,
						  .minor = leg ? x->unit[i] : x->class[i],
						  .option = i };
	}
	sort_keys(keys, n);
	for (size_t begin = 0, end; begin < n; begin = end) {
		size_t option = keys[begin].option, class = x->class[option];
		uint32_t edge, from, to;
		wide_cost cost;

		end = end_of_run(keys, n, begin);
		cost = lowest(costs, keys, begin, end);
		from = leg ? class_node(x, class, 1) : request_node(x, x->problem->options[option].request);
		to = leg ? unit_node(x, x->unit[option]) : class_node(x, class, 0);
		edge = mincost_add(&x->net, from, to, 1, cost);
		for (size_t i = begin; i < end; i++) {
			x->leg[leg][keys[i].option] = edge;
			x->rated[keys[i].option] += cost;
			costs[keys[i].option] -= cost;
		}
	}
}

static int add_classes(struct relaxation *x, struct key *keys)
{
	size_t count = x->problem->option_count;
	wide_cost *costs = calloc(count + 1, sizeof(*costs));

	if (!costs)
		return -1;
	memcpy(costs, x->cost, count * sizeof(*costs));
	for (size_t c = 0; c < x->classes; c++)
		(void)mincost_add(&x->net, class_node(x, c, 0), class_node(x, c, 1), 1, 0);
	add_leg(x, 0, keys, costs);
	add_leg(x, 1, keys, costs);
	free(costs);
	return 0;
}

/* How many options need each edge. */
static void count_uses(struct relaxation *x)
{
	for (size_t i = 0; i < x->problem->option_count; i++) {
		for (int leg = 0; leg < 2; leg++) {
			if (x->leg[leg][i] != MINCOST_NO_EDGE)
				x->now.uses[x->leg[leg][i] / 2]++;
		}
	}
}

static int init_arrays(struct relaxation *x)
{
	size_t count = x->problem->option_count + 1;
	bool is_full = true;

	for (size_t level = 0; level < SOLVER_LEVELS; level++)
		is_full = (x->place[level] = calloc(count, sizeof(*x->place[level]))) && is_full;
	x->by_slot = calloc(count, sizeof(*x->by_slot));
	x->rank = calloc(count, sizeof(*x->rank));
	x->unit = calloc(count, sizeof(*x->unit));
	x->class = calloc(count, sizeof(*x->class));
	x->bin = calloc(count, sizeof(*x->bin));
	x->is_modelled = calloc(x->problem->pool_count + 1, sizeof(*x->is_modelled));
	x->pool_edge = calloc(x->problem->pool_count + 1, sizeof(*x->pool_edge));
	x->pool_size = calloc(x->problem->pool_count + 1, sizeof(*x->pool_size));
	x->cost = calloc(count, sizeof(*x->cost));
	x->rated = calloc(count, sizeof(*x->rated));
	x->leg[0] = calloc(count, sizeof(*x->leg[0]));
	x->leg[1] = calloc(count, sizeof(*x->leg[1]));
	return is_full && x->by_slot && x->rank && x->unit && x->class && x->bin && x->is_modelled &&
			       x->pool_edge && x->pool_size && x->cost && x->rated && x->leg[0] && x->leg[1]
		       ? 0
		       : -1;
}

static int build(struct relaxation *x, struct key *keys)
{
	const struct solver_problem *p = x->problem;
	size_t edges;

	find_firsts(x);
	number_units(x, keys);
	for (size_t level = 0; level < SOLVER_LEVELS; level++)
		number_places(x, level, keys);
	number_classes(x, keys);
	choose_quotas(x);
	edges = 2 * p->option_count + x->classes + x->units + p->request_count * (p->pool_count + 1) +
		p->cap_count + p->room_count + 2 * p->quota_count + 1;
	if (mincost_init(&x->net, request_node(x, p->request_count), edges) < 0)
		return -1;
	x->net.edge_count = 2 * edges; /* for the sizes of the arrays */
	x->pending = calloc(edges, sizeof(*x->pending));
	if (relaxation_state_init(x, &x->now) < 0 || !x->pending)
		return -1;
	x->net.edge_count = 0;
	if (place_bins(x) < 0 || place_rooms(x) < 0)
		return -1;
	add_ends(x);
	add_requests(x);
	if (add_classes(x, keys) < 0)
		return -1;
	count_uses(x);
	return 0;
}

int relaxation_init(struct relaxation *x, const struct solver_problem *problem)
{
	struct key *keys = calloc(problem->option_count + 1, sizeof(*keys));
	int rc;

	*x = (struct relaxation){ .problem = problem };
	rc = keys && init_arrays(x) == 0 ? build(x, keys) : -1;
	free(keys);
	for (size_t r = 0; rc == 0 && r < problem->request_count; r++) {
		if (!mincost_send(&x->net, request_node(x, r), MINCOST_SINK))
			rc = SOLVER_NONE;
	}
	return rc;
}

static void release(struct relaxation *x, uint32_t edge)
{
	if (edge != MINCOST_NO_EDGE && --x->now.uses[edge / 2] == 0)
		x->pending[x->pending_count++] = edge;
}

void relaxation_forbid(struct relaxation *x, size_t request, size_t option)
{
	if (option == SOLVER_WITHOUT) {
		if (!(x->now.without >> request & 1))
			return;
		x->now.without &= ~(1ULL << request);
		x->pending[x->pending_count++] = x->nothing[request];
	} else {
		if (!x->now.allowed[option])
			return;
		x->now.allowed[option] = 0;
		release(x, x->leg[0][option]);
		release(x, x->leg[1][option]);
	}
	x->now.left[request]--;
	x->changed |= 1ULL << request;
}

bool relaxation_settle(struct relaxation *x)
{
	size_t used = 0;

	/* Those that are in use last: nothing then goes where it may not stay. */
	for (size_t i = 0; i < x->pending_count; i++) {
		if (mincost_flows(&x->net, x->pending[i]))
			x->pending[used++] = x->pending[i];
		else
			(void)mincost_close(&x->net, x->pending[i]);
	}
	x->pending_count = 0;
	for (size_t i = 0; i < used; i++) {
		if (!mincost_close(&x->net, x->pending[i]))
			return false;
	}
	return true;
}

size_t relaxation_choice(const struct relaxation *x, size_t request, size_t *lost)
{
	size_t best = RELAXATION_LOST;

	if (x->nothing[request] != MINCOST_NO_EDGE && mincost_flows(&x->net, x->nothing[request]))
		return SOLVER_WITHOUT;
	for (size_t i = x->first[request]; i < x->first[request + 1]; i++) {
		if (!mincost_flows(&x->net, x->leg[0][i]))
			continue;
		*lost = i;
		if (x->now.allowed[i] &&
		    (x->leg[1][i] == MINCOST_NO_EDGE || mincost_flows(&x->net, x->leg[1][i])) &&
		    (best == RELAXATION_LOST || x->cost[i] < x->cost[best]))
			best = i;
	}
	return best;
}

wide_cost relaxation_extra(const struct relaxation *x, size_t option)
{
	wide_cost extra = mincost_reduced(&x->net, x->leg[0][option]) + x->cost[option] - x->rated[option];

	return x->leg[1][option] == MINCOST_NO_EDGE ? extra
						    : extra + mincost_reduced(&x->net, x->leg[1][option]);
}

wide_cost relaxation_pool_extra(const struct relaxation *x, uint32_t pool, size_t count)
{
	wide_cost extra = 0;

	for (size_t n = 0; pool && x->is_modelled[pool - 1] && n < count && n < x->pool_size[pool - 1]; n++)
		extra += mincost_reduced(&x->net, x->pool_edge[pool - 1] + 2 * (uint32_t)n);
	return extra;
}
