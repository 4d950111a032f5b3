/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/solve/solver.c model/solve/rules.c model/solve/relaxation.c model/solve/mincost.c model/allocate/assignment.c model/pci/address.c base/error.c */
#include <stdbool.h>
#include <time.h>

#include "model/allocate/assignment.h"
#include "model/solve/solver.h"
#include "base/cleanup.h"
#include "test.h"

#define OPTIONS_MAX 4096

/* A problem that grows, with room for what it points to. */
struct sketch {
	struct solver_option options[OPTIONS_MAX];
	struct solver_rule rules[64];
	struct solver_quota quotas[8];
	unsigned caps[8], rooms[8], pools[512];
	struct solver_problem problem;
	size_t chosen[SOLVER_REQUESTS_MAX];
	struct error err;
};

static struct sketch sketch;

static void start(size_t requests)
{
	memset(&sketch, 0, sizeof(sketch));
	sketch.problem = (struct solver_problem){ .options = sketch.options,
						  .request_count = requests,
						  .rules = sketch.rules,
						  .quotas = sketch.quotas,
						  .caps = sketch.caps,
						  .rooms = sketch.rooms,
						  .pools = sketch.pools,
						  .pool_cost = 3 };
}

static struct solver_option *add(size_t request, unsigned slot, uint8_t functions)
{
	struct solver_option *o = &sketch.options[sketch.problem.option_count++];

	*o = (struct solver_option){ .request = request, .functions = functions };
	o->slot.bus = (uint8_t)(slot >> 5);
	o->slot.slot = slot & 31;
	o->places[SOLVER_CARD] = slot + 1;
	return o;
}

static void rule(enum solver_rule_kind kind, enum solver_level level, uint64_t requests)
{
	sketch.rules[sketch.problem.rule_count++] =
		(struct solver_rule){ .kind = kind, .level = level, .requests = requests };
}

static int solve(void)
{
	return solver_solve(&sketch.problem, sketch.chosen, &sketch.err);
}

/* Requests with the same four devices: two behind each of two switches. */
static void start_with_two_switches(size_t requests)
{
	start(requests);
	for (size_t r = 0; r < requests; r++) {
		for (unsigned slot = 0; slot < 4; slot++)
			add(r, slot, 1)->places[SOLVER_SWITCH] = 1 + slot / 2;
	}
}

static void test_without_wishes_the_lowest_addresses_are_taken(void)
{
	start_with_two_switches(2);
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 0 && sketch.chosen[1] == 5);
}

static void test_two_that_must_be_together_go_behind_the_switch_with_two(void)
{
	start_with_two_switches(2);
	/* the first device is only for the first request */
	sketch.options[4].slot.slot = 9;
	sketch.options[4].places[SOLVER_SWITCH] = 3;
	sketch.options[5].slot.slot = 10;
	sketch.options[5].places[SOLVER_SWITCH] = 3;
	rule(SOLVER_TOGETHER, SOLVER_SWITCH, 3);
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 2 && sketch.chosen[1] == 7);
}

static void test_two_that_must_be_apart_go_behind_two_switches(void)
{
	start_with_two_switches(2);
	rule(SOLVER_APART, SOLVER_SWITCH, 3);
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 0 && sketch.chosen[1] == 6);
}

static void test_three_cannot_be_apart_behind_two_switches(void)
{
	start_with_two_switches(3);
	rule(SOLVER_APART, SOLVER_SWITCH, 7);
	CHECK(solve() == SOLVER_NONE);
	sketch.problem.optional = 2;
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 0 && sketch.chosen[1] == SOLVER_WITHOUT && sketch.chosen[2] == 10);
}

static void test_an_unknown_place_is_neither_together_nor_apart(void)
{
	start(2);
	(void)add(0, 0, 1);
	(void)add(1, 1, 1);
	rule(SOLVER_TOGETHER, SOLVER_NODE, 3);
	CHECK(solve() == SOLVER_NONE);
	sketch.rules[0].kind = SOLVER_APART;
	CHECK(solve() == SOLVER_NONE);
	/* of one request alone it says nothing */
	sketch.rules[0].requests = 1;
	CHECK(solve() == 0);
}

static void test_costs_are_compared_level_by_level(void)
{
	start(1);
	add(0, 0, 1)->costs[0] = 1;
	add(0, 1, 1)->costs[1] = SOLVER_COST_MAX;
	add(0, 2, 1)->costs[1] = SOLVER_COST_MAX;
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 1);
}

static void test_a_request_gets_nothing_only_when_nothing_is_left(void)
{
	start(2);
	add(0, 0, 1)->costs[0] = SOLVER_COST_MAX;
	(void)add(1, 0, 1);
	sketch.problem.optional = 1;
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == SOLVER_WITHOUT && sketch.chosen[1] == 1);
	sketch.problem.request_count = 1;
	sketch.problem.option_count = 1;
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 0);
}

static void test_a_pool_costs_more_with_each_device(void)
{
	/* two of the first pool are in use, none of the second: 2, 3, 4, ... and 0, 1, 2 */
	start(4);
	for (size_t r = 0; r < 4; r++) {
		for (unsigned slot = 0; slot < 8; slot++)
			add(r, slot, 1)->pool = 1 + slot / 4;
	}
	sketch.pools[0] = 2;
	sketch.problem.pool_count = 2;
	CHECK(solve() == 0);
	/* three of the second pool, and one at the same cost of 2 of the first: the first request takes it */
	CHECK(sketch.chosen[0] == 0 && sketch.chosen[1] == 12 && sketch.chosen[2] == 21 &&
	      sketch.chosen[3] == 30);
}

static void test_a_quota_and_a_cap_leave_requests_without_a_device(void)
{
	start_with_two_switches(4);
	sketch.problem.optional = 15;
	sketch.quotas[0] = (struct solver_quota){ .requests = 7, .most = 2 };
	sketch.problem.quota_count = 1;
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 0 && sketch.chosen[1] == 5 && sketch.chosen[2] == SOLVER_WITHOUT &&
	      sketch.chosen[3] == 14);
	for (size_t i = 0; i < 16; i++)
		sketch.options[i].cap = 1;
	sketch.caps[0] = 1;
	sketch.problem.cap_count = 1;
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 0 && sketch.chosen[1] == SOLVER_WITHOUT &&
	      sketch.chosen[3] == SOLVER_WITHOUT);
	sketch.problem.optional = 1;
	CHECK(solve() == SOLVER_NONE);
}

/* Each card has four functions and takes two devices; the rest goes to the next card. */
static void test_a_card_takes_no_more_than_its_room(void)
{
	start(5);
	for (size_t r = 0; r < 5; r++) {
		for (unsigned slot = 0; slot < 12; slot++)
			add(r, slot, 1)->room = 1 + slot / 4;
	}
	sketch.rooms[0] = sketch.rooms[2] = 2;
	sketch.rooms[1] = 1;
	sketch.problem.room_count = 3;
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 0 && sketch.chosen[1] == 13 && sketch.chosen[2] == 28 &&
	      sketch.chosen[3] == 44 && sketch.chosen[4] == 57);
	sketch.rooms[1] = 0;
	CHECK(solve() == SOLVER_NONE);
	sketch.problem.optional = 2;
	CHECK(solve() == 0);
	CHECK(sketch.chosen[0] == 0 && sketch.chosen[1] == SOLVER_WITHOUT && sketch.chosen[2] == 25 &&
	      sketch.chosen[3] == 44 && sketch.chosen[4] == 57);
}

/* Many functions, rooms that are too small, and caps across them: no branches but what the caps need. */
static void test_rooms_that_are_too_small_are_found_at_once(void)
{
	start(16);
	for (size_t r = 0; r < 16; r++) {
		for (unsigned slot = 0; slot < 8 * 16; slot++) {
			struct solver_option *o = add(r, slot, 1);

			o->room = 1 + slot / 16;
			o->cap = 1 + (unsigned)(r / 8);
		}
	}
	sketch.caps[0] = sketch.caps[1] = 8;
	sketch.problem.cap_count = 2;
	sketch.problem.room_count = 8;
	for (size_t k = 0; k < 8; k++)
		sketch.rooms[k] = 2;
	sketch.problem.work_max = SOLVER_WORK_MAX / 10;
	CHECK(solve() == 0);
	sketch.rooms[7] = 1;
	CHECK(solve() == SOLVER_NONE);
}

/* The plainest possible search, to compare with. Costs are lists of numbers. */
#define LEVELS (SOLVER_COSTS + 1)

struct plain {
	size_t choice[8], best[8];
	unsigned cost[LEVELS];
	bool is_found;
};

static bool in_set(uint64_t set, size_t request)
{
	return set >> request & 1;
}

static const struct solver_option *option_of(const size_t *choice, size_t request)
{
	return choice[request] == SOLVER_WITHOUT ? NULL : &sketch.options[choice[request]];
}

static bool meets_rule(const struct solver_rule *rule, const size_t *choice)
{
	bool is_one = (rule->requests & (rule->requests - 1)) == 0;

	for (size_t a = 0; a < sketch.problem.request_count; a++) {
		const struct solver_option *o = option_of(choice, a);

		if (is_one || !in_set(rule->requests, a) || !o)
			continue;
		if (!o->places[rule->level])
			return false;
		for (size_t b = 0; b < a; b++) {
			const struct solver_option *p = option_of(choice, b);

			if (in_set(rule->requests, b) && p &&
			    (o->places[rule->level] == p->places[rule->level]) !=
				    (rule->kind == SOLVER_TOGETHER))
				return false;
		}
	}
	return true;
}

static bool meets_counts(const size_t *choice)
{
	const struct solver_problem *p = &sketch.problem;

	for (size_t q = 0; q < p->quota_count; q++) {
		unsigned n = 0;

		for (size_t r = 0; r < p->request_count; r++)
			n += in_set(p->quotas[q].requests, r) && option_of(choice, r);
		if (n > p->quotas[q].most)
			return false;
	}
	for (size_t c = 0; c < p->cap_count; c++) {
		unsigned n = 0;

		for (size_t r = 0; r < p->request_count; r++)
			n += option_of(choice, r) && option_of(choice, r)->cap == c + 1;
		if (n > p->caps[c])
			return false;
	}
	for (size_t k = 0; k < p->room_count; k++) {
		unsigned n = 0;

		for (size_t r = 0; r < p->request_count; r++)
			n += option_of(choice, r) && option_of(choice, r)->room == k + 1;
		if (n > p->rooms[k])
			return false;
	}
	return true;
}

static void price(const size_t *choice, unsigned cost[LEVELS])
{
	const struct solver_problem *p = &sketch.problem;

	memset(cost, 0, LEVELS * sizeof(*cost));
	for (size_t r = 0; r < p->request_count; r++) {
		const struct solver_option *o = option_of(choice, r);

		cost[0] += !o;
		for (size_t level = 0; o && level < SOLVER_COSTS; level++)
			cost[1 + level] += o->costs[level];
	}
	for (size_t g = 0; g < p->pool_count; g++) {
		unsigned n = p->pools[g];

		for (size_t r = 0; r < p->request_count; r++) {
			if (option_of(choice, r) && option_of(choice, r)->pool == g + 1)
				cost[1 + p->pool_cost] += n++;
		}
	}
}

static void try_all(struct plain *plain, size_t r)
{
	const struct solver_problem *p = &sketch.problem;
	unsigned cost[LEVELS];
	size_t level = 0;

	for (size_t i = 0; r < p->request_count && i <= p->option_count; i++) {
		bool fits = i == p->option_count ? in_set(p->optional, r) : p->options[i].request == r;

		for (size_t k = 0; k < r && fits && i < p->option_count; k++) {
			const struct solver_option *o = option_of(plain->choice, k);

			fits = !o || !(o->functions & p->options[i].functions) ||
			       !pci_addr_equal(&o->slot, &p->options[i].slot);
		}
		if (!fits)
			continue;
		plain->choice[r] = i == p->option_count ? SOLVER_WITHOUT : i;
		try_all(plain, r + 1);
	}
	if (r < p->request_count || !meets_counts(plain->choice))
		return;
	for (size_t k = 0; k < p->rule_count; k++) {
		if (!meets_rule(&p->rules[k], plain->choice))
			return;
	}
	price(plain->choice, cost);
	while (level < LEVELS && cost[level] == plain->cost[level])
		level++;
	if (plain->is_found && (level == LEVELS || cost[level] > plain->cost[level]))
		return;
	plain->is_found = true;
	memcpy(plain->cost, cost, sizeof(cost));
	memcpy(plain->best, plain->choice, sizeof(plain->best));
}

static unsigned upto(unsigned n)
{
	return (unsigned)rand() % (n + 1);
}

/* A host of up to ten devices, in some slots several, and what up to five requests may have of them. */
static void make_random_devices(void)
{
	size_t requests = 1 + upto(4), devices = 1 + upto(9);
	struct solver_option host[10];
	unsigned overlaps = upto(2), spread = 2 + upto(4), unknown = upto(3);

	start(requests);
	for (size_t d = 0; d < devices; d++) {
		host[d] = *add(0, overlaps ? upto(overlaps == 1 ? 4 : 9) : (unsigned)d,
			       (uint8_t)(overlaps ? 1 + upto(6) : 1));
		for (size_t level = 0; level < SOLVER_LEVELS; level++)
			host[d].places[level] = unknown == 0 && upto(4) == 0 ? 0 : 1 + upto(spread);
		host[d].cap = upto(2);
		host[d].pool = upto(3);
		host[d].room = upto(2);
	}
	sketch.problem.option_count = 0;
	for (size_t r = 0; r < requests; r++) {
		unsigned density = 1 + upto(3), costs = upto(2), own = upto(4);

		for (size_t d = 0; d < devices; d++) {
			struct solver_option *o;

			if (upto(density) == 0)
				continue;
			o = &sketch.options[sketch.problem.option_count++];
			*o = host[d];
			o->request = r;
			for (size_t level = 0; level < SOLVER_COSTS; level++)
				o->costs[level] = (uint16_t)(upto(3) ? 0 : upto(costs));
			if (own == 0)
				o->cap = upto(2);
			if (own == 1)
				o->pool = upto(3);
			if (own == 2)
				o->room = upto(2);
		}
	}
}

static void make_random_rules(void)
{
	struct solver_problem *p = &sketch.problem;
	uint64_t all = (1ULL << p->request_count) - 1;

	for (unsigned n = upto(3); n > 0; n--)
		rule(upto(1) ? SOLVER_APART : SOLVER_TOGETHER, (enum solver_level)upto(SOLVER_LEVELS - 1),
		     (uint64_t)rand() & all);
	p->optional = upto(1) ? 0 : (uint64_t)rand() & all;
	p->quota_count = upto(3) ? 0 : upto(2);
	for (size_t q = 0; q < p->quota_count; q++)
		sketch.quotas[q] =
			(struct solver_quota){ .requests = (uint64_t)rand() & all, .most = upto(3) };
	p->cap_count = 2;
	for (size_t c = 0; c < p->cap_count; c++)
		sketch.caps[c] = upto(1) ? 9 : upto(3);
	p->room_count = 2;
	for (size_t k = 0; k < p->room_count; k++)
		sketch.rooms[k] = upto(2) ? 9 : upto(2);
	p->pool_count = 3;
	for (size_t g = 0; g < p->pool_count; g++)
		sketch.pools[g] = upto(2);
	p->pool_cost = upto(SOLVER_COSTS - 1);
}

static void test_random_hosts_give_the_answer_of_an_exhaustive_search(void)
{
	unsigned solved = 0, refused = 0;

	srand(1);
	for (int round = 0; round < 10000; round++) {
		struct plain plain = { 0 };
		int rc;

		make_random_devices();
		make_random_rules();
		try_all(&plain, 0);
		rc = solve();
		if (rc != (plain.is_found ? 0 : SOLVER_NONE) ||
		    (plain.is_found &&
		     memcmp(plain.best, sketch.chosen, sketch.problem.request_count * sizeof(size_t)) != 0)) {
			fprintf(stderr, "round %d differs\n", round);
			exit(1);
		}
		solved += plain.is_found;
		refused += !plain.is_found;
	}
	CHECK(solved > 3000 && refused > 1000);
}

static void test_without_rules_the_answer_is_that_of_the_matching(void)
{
	srand(2);
	for (int round = 0; round < 3000; round++) {
		struct match_option options[64];
		size_t chosen[8];
		struct error err;
		int rc;

		make_random_devices();
		for (size_t i = 0; i < sketch.problem.option_count; i++) {
			struct solver_option *o = &sketch.options[i];

			memset(o->costs, 0, sizeof(o->costs));
			o->cap = o->pool = o->room = 0;
			options[i] = (struct match_option){ o->request, o->slot, o->functions };
		}
		rc = assignment_find(options, sketch.problem.option_count, sketch.problem.request_count,
				     chosen, &err);
		CHECK(solve() == (rc == 0 ? 0 : SOLVER_NONE));
		CHECK(rc != 0 ||
		      memcmp(chosen, sketch.chosen, sketch.problem.request_count * sizeof(chosen[0])) == 0);
	}
}

/*
 * Problems of 16 requests that are made to be hard. Each must be decided with half of the work at which the
 * search is given up.
 */
#define HARD_REQUESTS 16

static void check_decided(const char *what)
{
	sketch.problem.work_max = SOLVER_WORK_MAX / 2;
	if (solve() < 0) {
		fprintf(stderr, "%s: %s\n", what, sketch.err.msg);
		exit(1);
	}
}

/* Each request may have most devices, at costs of its own when @costly. */
static void offer(unsigned devices, unsigned per_card, unsigned per_switch, bool costly, unsigned leave_out)
{
	start(HARD_REQUESTS);
	for (size_t r = 0; r < HARD_REQUESTS; r++) {
		for (unsigned d = 0; d < devices; d++) {
			struct solver_option *o;

			if (leave_out && upto(leave_out) == 0)
				continue;
			o = add(r, d, 1);
			o->places[SOLVER_CARD] = 1 + d / per_card;
			o->places[SOLVER_SWITCH] = 1 + d / per_switch;
			o->places[SOLVER_NODE] = 1 + d % 2;
			o->costs[1] = costly ? (uint16_t)upto(3) : 0;
		}
	}
}

static void test_sixteen_requests_apart_on_fifteen_cards_are_decided(void)
{
	srand(3);
	for (int round = 0; round < 40; round++) {
		offer(15 * 3, 3, 9, round % 2, round % 4 > 1 ? 6 : 0);
		rule(SOLVER_APART, SOLVER_CARD, 0xffff);
		check_decided("fifteen cards");
		CHECK(solve() == SOLVER_NONE);
		offer(16 * 3, 3, 9, round % 2, round % 4 > 1 ? 6 : 0);
		rule(SOLVER_APART, SOLVER_CARD, 0xffff);
		check_decided("sixteen cards");
	}
}

/* Eight cards, of which one has one device and another has three: two sets of eight do not fit. */
static void test_two_sets_apart_on_the_same_cards_are_decided(void)
{
	srand(4);
	for (int round = 0; round < 20; round++) {
		offer(16, 2, 4, round % 2, 0);
		for (size_t i = 0; i < sketch.problem.option_count; i++) {
			if (sketch.options[i].slot.slot == 1)
				sketch.options[i].places[SOLVER_CARD] = 2;
		}
		rule(SOLVER_APART, SOLVER_CARD, 0x00ff);
		rule(SOLVER_APART, SOLVER_CARD, 0xff00);
		check_decided("two sets on eight cards");
		CHECK(solve() == SOLVER_NONE);
	}
}

/* Sets that are to be together, as parcels of 2 to 5 in boxes that are as large, or too small. */
static void test_parcels_in_boxes_are_decided(void)
{
	srand(5);
	for (int round = 0; round < 60; round++) {
		unsigned box = 3 + upto(3), boxes = (unsigned)(16 + box - 1) / box + upto(2);

		offer(box * boxes, 1, box, round % 2, round % 4 > 1 ? 8 : 0);
		for (unsigned first = 0; first < 15;) {
			unsigned size = round % 3 ? 2 + upto(box - 2) : 2;

			size = first + size > 16 ? 16 - first : size;
			rule(SOLVER_TOGETHER, SOLVER_SWITCH, ((1ULL << size) - 1) << first);
			first += size;
		}
		check_decided("parcels");
	}
	/* eight pairs in seven boxes of three, no two of which are alike */
	offer(21, 1, 3, true, 0);
	for (unsigned pair = 0; pair < 8; pair++)
		rule(SOLVER_TOGETHER, SOLVER_SWITCH, 3ULL << (2 * pair));
	check_decided("eight pairs in seven boxes");
	CHECK(solve() == SOLVER_NONE);
}

/* Requests that are nodes of a graph, edges that keep them apart: which graph can be coloured. */
static void test_colours_of_a_graph_are_decided(void)
{
	srand(6);
	for (int round = 0; round < 60; round++) {
		unsigned colours = 3 + upto(2);

		offer(16 * colours, 16, 16, round % 2, 0);
		for (int edge = 0; edge < 60; edge++)
			rule(SOLVER_APART, SOLVER_CARD, 1ULL << upto(15) | 1ULL << upto(15));
		check_decided("colours");
	}
}

/* Whole cards for some requests, single functions for others. */
static void test_cards_and_their_functions_are_decided(void)
{
	srand(7);
	for (int round = 0; round < 60; round++) {
		unsigned cards = 8 + upto(6);

		start(HARD_REQUESTS);
		for (size_t r = 0; r < HARD_REQUESTS; r++) {
			for (unsigned card = 0; card < cards; card++) {
				unsigned kind = (unsigned)r % 4;

				if (upto(3) == 0)
					continue;
				add(r, card,
				    kind == 0	? 15
				    : kind == 1 ? 6
						: 4)
					->costs[2] = (uint16_t)upto(2);
				if (kind == 3)
					(void)add(r, card, 8);
			}
		}
		check_decided("cards and functions");
	}
}

static void test_all_kinds_of_rules_at_once_are_decided(void)
{
	srand(8);
	for (int round = 0; round < 60; round++) {
		offer(16 + upto(12), 2, 4, round % 2, 4);
		for (size_t i = 0; i < sketch.problem.option_count; i++) {
			struct solver_option *o = &sketch.options[i];

			o->cap = 1 + o->slot.slot % 2;
			o->pool = 2 * o->places[SOLVER_SWITCH] - o->slot.slot % 2;
		}
		sketch.problem.pool_count = 16;
		sketch.problem.cap_count = 2;
		sketch.caps[0] = 7 + upto(3);
		sketch.caps[1] = 7 + upto(3);
		for (unsigned n = upto(4); n > 0; n--)
			rule(SOLVER_TOGETHER, SOLVER_SWITCH + upto(2),
			     (uint64_t)rand() & (uint64_t)rand() & 0xffff);
		for (unsigned n = upto(2); n > 0; n--)
			rule(SOLVER_APART, SOLVER_CARD + upto(1),
			     (uint64_t)rand() & (uint64_t)rand() & 0xffff);
		sketch.problem.optional = round % 3 ? 0 : (uint64_t)rand() & 0xffff;
		check_decided("all kinds");
	}
}

static void test_a_search_beyond_its_bound_is_given_up(void)
{
	offer(21, 1, 3, true, 0);
	for (unsigned pair = 0; pair < 8; pair++)
		rule(SOLVER_TOGETHER, SOLVER_SWITCH, 3ULL << (2 * pair));
	sketch.problem.work_max = 1000;
	CHECK(solve() == -1);
	CHECK_STR(sketch.err.msg,
		  "the choice for 16 requests was not decided within the bound of the search; ask "
		  "for fewer sets of devices that are together or apart");
}

/*
 * 64 requests, half of them for each NUMA node, and 1 000 devices: two functions of a card, four cards behind
 * a switch, a fifth of the cards with a function in use. Pairs must be together behind a switch, and all on
 * different cards; they are spread over the cards.
 */
static void test_sixty_four_requests_find_their_places_among_a_thousand_devices(void)
{
	static struct solver_option options[64 * 1000];
	struct timespec before, after;
	long ms;

	start(64);
	sketch.problem.options = options;
	for (unsigned i = 0; i < 64 * 1000; i++) {
		unsigned request = i / 1000, d = i % 1000;

		if (d % 10 == 3 || d / 500 != request / 32)
			continue;
		options[sketch.problem.option_count++] = (struct solver_option){
			.request = request,
			.slot = { .bus = (uint8_t)(d / 64), .slot = d / 2 % 32 },
			.functions = (uint8_t)(1 << d % 2),
			.places = { 1 + d / 2, 1 + d / 8, 1 + d / 32, 1 + d / 500 },
			.pool = 1 + d / 2,
		};
	}
	sketch.problem.pool_count = 500;
	for (size_t g = 0; g < 500; g++)
		sketch.pools[g] = g % 5 == 1;
	for (unsigned pair = 0; pair < 32; pair++)
		rule(SOLVER_TOGETHER, SOLVER_SWITCH, 3ULL << (2 * pair));
	rule(SOLVER_APART, SOLVER_CARD, UINT64_MAX);
	CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before) == 0);
	CHECK(solve() == 0);
	CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after) == 0);
	ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	printf("# 64 requests, 1000 devices: %ld ms\n", ms);
	for (size_t r = 0; r < 64; r += 2)
		CHECK(options[sketch.chosen[r]].places[SOLVER_SWITCH] ==
		      options[sketch.chosen[r + 1]].places[SOLVER_SWITCH]);
}

/* With an argument: only the large problem, for tests/bench. */
int main(int argc, UNUSED char **argv)
{
	if (argc > 1) {
		test_sixty_four_requests_find_their_places_among_a_thousand_devices();
		return 0;
	}
	RUN(test_without_wishes_the_lowest_addresses_are_taken);
	RUN(test_two_that_must_be_together_go_behind_the_switch_with_two);
	RUN(test_two_that_must_be_apart_go_behind_two_switches);
	RUN(test_three_cannot_be_apart_behind_two_switches);
	RUN(test_an_unknown_place_is_neither_together_nor_apart);
	RUN(test_costs_are_compared_level_by_level);
	RUN(test_a_request_gets_nothing_only_when_nothing_is_left);
	RUN(test_a_pool_costs_more_with_each_device);
	RUN(test_a_quota_and_a_cap_leave_requests_without_a_device);
	RUN(test_a_card_takes_no_more_than_its_room);
	RUN(test_rooms_that_are_too_small_are_found_at_once);
	RUN(test_random_hosts_give_the_answer_of_an_exhaustive_search);
	RUN(test_without_rules_the_answer_is_that_of_the_matching);
	RUN(test_sixteen_requests_apart_on_fifteen_cards_are_decided);
	RUN(test_two_sets_apart_on_the_same_cards_are_decided);
	RUN(test_parcels_in_boxes_are_decided);
	RUN(test_colours_of_a_graph_are_decided);
	RUN(test_cards_and_their_functions_are_decided);
	RUN(test_all_kinds_of_rules_at_once_are_decided);
	RUN(test_a_search_beyond_its_bound_is_given_up);
	RUN(test_sixty_four_requests_find_their_places_among_a_thousand_devices);
	return 0;
}
