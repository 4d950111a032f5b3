/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branch and bound (Land and Doig, 1960). The relaxation gives a lower bound of what a choice costs, and a
 * choice that may break some rules; where it does, the problem is divided in smaller ones that exclude this
 * choice. A problem whose bound is no better than the best choice so far is not looked at.
 *
 * The best cost is found first. Then each request in turn takes its first option with which that cost can
 * still be had: that makes the answer the first in the order of devices.
 */
#include "model/solve/solver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/solve/rules.h"

struct search {
	const struct solver_problem *problem;
	struct relaxation relaxation;
	uint32_t *scratch;
	struct bucket *buckets; /* owned: units, then classes */
	bool has_mixed;		/* one of them is at several places: as sets, the places are not rated */
	struct relaxation_state *saved; /* owned: one for each branch that is being searched */
	size_t saved_count, depth;
	size_t choice[SOLVER_REQUESTS_MAX]; /* what the relaxation gave last */
	wide_cost best;			    /* a choice must cost less */
	size_t *chosen;			    /* the best one */
	uint8_t *room;			    /* owned: its flow */
	wide_cost total;
	struct error *err;
};

/* One place that the requests of a rule can have together. */
struct site {
	uint32_t place;
	wide_cost extra; /* at least so much more does it cost */
	unsigned others; /* requests that the relaxation leads there, and that the rule is not about */
};

static int explore(struct search *s);

static int give_up(const struct search *s)
{
	return error_set(
		s->err, 0,
		"the choice for %zu requests was not decided within the bound of the search; ask for "
		"fewer sets of devices that are together or apart",
		s->problem->request_count);
}

static int no_memory(const struct search *s)
{
	return error_set(s->err, ENOMEM, "cannot choose among %zu devices", s->problem->option_count);
}

/* Keeps the state, for restore() until drop(). */
static int keep(struct search *s)
{
	if (s->depth == s->saved_count) {
		struct relaxation_state *state = ARRAY_ADD(s->saved, s->saved_count);

		if (!state || relaxation_state_init(&s->relaxation, state) < 0)
			return no_memory(s);
	}
	relaxation_save(&s->relaxation, &s->saved[s->depth++]);
	return 0;
}

static void restore(struct search *s)
{
	relaxation_restore(&s->relaxation, &s->saved[s->depth - 1]);
}

static void drop(struct search *s)
{
	restore(s);
	s->depth--;
}

/* Makes the request take options at this place of a level, or (@inside false) none of them. */
static void confine(struct search *s, size_t request, enum solver_level level, uint32_t place, bool inside)
{
	struct relaxation *x = &s->relaxation;

	for (size_t i = x->first[request]; i < x->first[request + 1]; i++) {
		if ((x->place[level][i] == place) != inside)
			relaxation_forbid(x, request, i);
	}
}

/* Makes the request take exactly this option. */
static void take(struct search *s, size_t request, size_t option)
{
	struct relaxation *x = &s->relaxation;

	for (size_t i = x->first[request]; i < x->first[request + 1]; i++) {
		if (i != option)
			relaxation_forbid(x, request, i);
	}
	if (option != SOLVER_WITHOUT)
		relaxation_forbid(x, request, SOLVER_WITHOUT);
}

static int compare_sites(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->extra != y->extra)
		return x->extra < y->extra ? -1 : 1;
	if (x->others != y->others)
		return x->others < y->others ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* What is known of a place while the requests of a rule are looked at. */
struct rating {
	wide_cost least;  /* what the present request costs more there at least; -1: it cannot have it */
	wide_cost extra;  /* the sum of those that must get a device */
	wide_cost *cheap; /* the cheapest devices there of which no two are one, as many as must get one */
	size_t cheap_count;
	bool is_had; /* a request can have it */
	unsigned others;
	bool has_one_pool; /* all options there are of @pool */
	uint32_t pool;
};

/* Devices of which the requests of a rule can have only one: those of a class within the place, or a unit. */
struct bucket {
	wide_cost least; /* what the cheapest costs more, its pool included; -1: they cannot have it */
	uint32_t place;
};

static struct bucket *bucket_of(const struct search *s, const struct solver_rule *rule, size_t option)
{
	const struct relaxation *x = &s->relaxation;
	int classes = x->class_rule[s->problem->options[option].request];

	if (x->class[option] != MINCOST_NO_EDGE && s->problem->rules[classes].level <= rule->level)
		return &s->buckets[x->units + x->class[option]];
	return &s->buckets[x->unit[option]];
}

static void rate_options(struct search *s, const struct solver_rule *rule, size_t request,
			 struct rating *ratings)
{
	const struct relaxation *x = &s->relaxation;

	for (size_t i = x->first[request]; i < x->first[request + 1]; i++) {
		struct rating *rating = &ratings[x->place[rule->level][i]];
		struct bucket *bucket = bucket_of(s, rule, i);
		uint32_t pool = x->problem->options[i].pool;
		wide_cost extra;

		if (!x->now.allowed[i])
			continue;
		extra = relaxation_extra(x, i);
		if (rating->least < 0 || extra < rating->least)
			rating->least = extra;
		extra += relaxation_pool_extra(x, pool, 1);
		s->has_mixed |= bucket->least >= 0 && bucket->place != x->place[rule->level][i];
		if (bucket->least < 0 || extra < bucket->least)
			bucket->least = extra;
		bucket->place = x->place[rule->level][i];
		rating->has_one_pool = rating->is_had ? rating->has_one_pool && rating->pool == pool : true;
		rating->is_had = true;
		rating->pool = pool;
	}
}

/* Returns how many requests of the rule must get a device. */
static size_t rate_requests(struct search *s, const struct solver_rule *rule, struct rating *ratings)
{
	const struct relaxation *x = &s->relaxation;
	size_t needed = 0;

	for (size_t r = 0; r < x->problem->request_count; r++) {
		if (!(rule->requests >> r & 1))
			continue;
		for (size_t place = 0; place <= x->places[rule->level]; place++)
			ratings[place].least = -1;
		rate_options(s, rule, r, ratings);
		if (x->now.without >> r & 1)
			continue;
		needed++;
		for (size_t place = 0; place <= x->places[rule->level]; place++)
			ratings[place].extra += ratings[place].least < 0 ? 0 : ratings[place].least;
	}
	return needed;
}

/* Keeps a cost with the @needed lowest ones, in order. */
static void keep_cheap(struct rating *rating, size_t needed, wide_cost cost)
{
	size_t i = rating->cheap_count;

	if (i == needed && (needed == 0 || cost >= rating->cheap[i - 1]))
		return;
	i -= i == needed;
	for (; i > 0 && rating->cheap[i - 1] > cost; i--)
		rating->cheap[i] = rating->cheap[i - 1];
	rating->cheap[i] = cost;
	rating->cheap_count += rating->cheap_count < needed;
}

static wide_cost extra_of(const struct search *s, const struct rating *rating, size_t needed)
{
	wide_cost one_by_one = rating->extra, all = 0;

	if (rating->has_one_pool)
		one_by_one += relaxation_pool_extra(&s->relaxation, rating->pool, needed);
	for (size_t i = 0; i < rating->cheap_count; i++)
		all += rating->cheap[i];
	return all > one_by_one ? all : one_by_one;
}

/* Rates the devices of each place as a set. @cheap: room for as many costs in each place as requests need one
 */
static void rate_buckets(struct search *s, struct rating *ratings, size_t needed, wide_cost *cheap,
			 size_t places)
{
	for (size_t place = 0; place <= places; place++)
		ratings[place].cheap = &cheap[place * needed];
	for (size_t b = 0; b < s->relaxation.units + s->relaxation.classes; b++) {
		if (s->buckets[b].least >= 0)
			keep_cheap(&ratings[s->buckets[b].place], needed, s->buckets[b].least);
	}
}

/* Lists the places that the requests of a rule can have, the most promising first. Returns their number, or
 * -1. */
static long find_sites(struct search *s, const struct solver_rule *rule, struct site **out)
{
	size_t members = (size_t)__builtin_popcountll(rule->requests);
	size_t places = s->relaxation.places[rule->level], needed;
	CLEANUP_FREE struct rating *ratings = calloc(places + 1, sizeof(*ratings));
	CLEANUP_FREE wide_cost *cheap = calloc((places + 1) * members, sizeof(*cheap));
	struct site *sites = calloc(places + 1, sizeof(*sites));
	long count = 0;

	*out = sites;
	if (!ratings || !sites || !cheap)
		return -1;
	for (size_t b = 0; b < s->relaxation.units + s->relaxation.classes; b++)
		s->buckets[b].least = -1;
	s->has_mixed = false;
	needed = rate_requests(s, rule, ratings);
	if (!s->has_mixed)
		rate_buckets(s, ratings, needed, cheap, places);
	for (size_t r = 0; r < s->problem->request_count; r++) {
		if (!(rule->requests >> r & 1) && s->choice[r] < s->problem->option_count)
			ratings[s->relaxation.place[rule->level][s->choice[r]]].others++;
	}
	for (size_t place = 1; place <= places; place++) {
		/* Too few devices for all of them. */
		if (!ratings[place].is_had || (!s->has_mixed && ratings[place].cheap_count < needed))
			continue;
		sites[count++] = (struct site){ .place = (uint32_t)place,
						.extra = extra_of(s, &ratings[place], needed),
						.others = ratings[place].others };
	}
	qsort(sites, (size_t)count, sizeof(*sites), compare_sites);
	return count;
}

/*
 * What the rules that keep requests together add to the bound: each set costs more at least what its best
 * place does. Sets that share a request count once, and no more than RATED_SETS: more would cost more than
 * they save. Returns a cost, or -1 when out of memory.
 */
#define RATED_SETS 8

static wide_cost together_extra(struct search *s)
{
	uint64_t counted = 0;
	wide_cost extra = 0;
	unsigned sets = 0;

	for (size_t k = 0; k < s->problem->rule_count && sets < RATED_SETS; k++) {
		const struct solver_rule *rule = &s->problem->rules[k];
		CLEANUP_FREE struct site *sites = NULL;
		long count;

		/* All of them may get nothing. */
		if (!(rule->requests & ~s->relaxation.now.without))
			continue;
		if (rule->kind != SOLVER_TOGETHER || !rule_counts(rule) || rule->requests & counted)
			continue;
		count = find_sites(s, rule, &sites);
		if (count < 0)
			return -1;
		counted |= rule->requests;
		sets++;
		extra += count ? sites[0].extra : s->best;
	}
	return extra;
}

/* The part of the problem in which all requests of a rule are at this place. */
static int explore_site(struct search *s, const struct solver_rule *rule, uint32_t place)
{
	for (size_t r = 0; r < s->problem->request_count; r++) {
		if (rule->requests >> r & 1)
			confine(s, r, rule->level, place, true);
	}
	return explore(s);
}

static int branch_together(struct search *s, const struct solver_rule *rule, wide_cost bound)
{
	CLEANUP_FREE struct site *sites = NULL;
	long count = find_sites(s, rule, &sites);
	int rc = 0;

	if (count < 0)
		return no_memory(s);
	for (long i = 0; rc == 0 && i < count && bound < s->best; i++) {
		if (i)
			restore(s);
		if (s->relaxation.net.now.total + sites[i].extra >= s->best)
			break;
		rc = explore_site(s, rule, sites[i].place);
	}
	return rc;
}

/* The request is there, has this option, has nothing; or (@is_so false) it is not so. */
static void decide(struct search *s, const struct branch *branch, bool is_so)
{
	if (branch->kind == BRANCH_PLACE) {
		confine(s, branch->request, branch->level, branch->place, is_so);
		if (is_so)
			relaxation_forbid(&s->relaxation, branch->request, SOLVER_WITHOUT);
		return;
	}
	if (is_so)
		take(s, branch->request, branch->kind == BRANCH_WITHOUT ? SOLVER_WITHOUT : branch->option);
	else
		relaxation_forbid(&s->relaxation, branch->request,
				  branch->kind == BRANCH_WITHOUT ? SOLVER_WITHOUT : branch->option);
}

static int branch_in_two(struct search *s, const struct branch *branch, wide_cost bound)
{
	int rc;

	decide(s, branch, true);
	rc = explore(s);
	restore(s);
	if (rc != 0 || bound >= s->best)
		return rc;
	decide(s, branch, false);
	return explore(s);
}

/* Looks for a choice that is better than the best one, among those that are not forbidden. */
static int explore(struct search *s)
{
	struct relaxation *x = &s->relaxation;
	size_t lost[SOLVER_REQUESTS_MAX], *choice = s->choice;
	struct branch branch;
	wide_cost bound, extra;
	int rc;

	x->net.work += s->problem->option_count;
	if (x->net.work > (s->problem->work_max ? s->problem->work_max : SOLVER_WORK_MAX))
		return give_up(s);
	if (!rules_narrow(x, s->scratch) || !relaxation_settle(x))
		return 0;
	for (size_t r = 0; r < s->problem->request_count; r++)
		choice[r] = relaxation_choice(x, r, &lost[r]);
	bound = rules_bound(x, choice);
	if (bound >= s->best)
		return 0;
	branch = rules_branch(x, choice, lost, bound);
	if (branch.kind == BRANCH_NONE) {
		s->best = rules_cost(x, choice);
		memcpy(s->chosen, choice, s->problem->request_count * sizeof(*choice));
		memcpy(s->room, x->net.now.room, x->net.edge_count * sizeof(*s->room));
		s->total = x->net.now.total;
	}
	if (branch.kind == BRANCH_NONE || branch.kind == BRANCH_DEAD)
		return 0;
	extra = s->best == x->hopeless ? 0 : together_extra(s);
	if (extra < 0)
		return no_memory(s);
	if (x->net.now.total + extra >= s->best)
		return 0;
	if (keep(s) < 0)
		return -1;
	rc = branch.kind == BRANCH_TOGETHER ? branch_together(s, branch.rule, bound)
					    : branch_in_two(s, &branch, bound);
	drop(s);
	return rc;
}

/* Draws the conclusions from what is forbidden. A choice is known that is left. */
static int conclude(struct search *s)
{
	if (rules_narrow(&s->relaxation, s->scratch) && relaxation_settle(&s->relaxation))
		return 0;
	return error_set(s->err, 0, "the choice for %zu requests contradicts itself",
			 s->problem->request_count);
}

/* True when the request can have a device at the place. */
static bool has_there(const struct relaxation *x, size_t request, enum solver_level level, uint32_t place)
{
	for (size_t i = x->first[request]; i < x->first[request + 1]; i++) {
		if (x->now.allowed[i] && x->place[level][i] == place)
			return true;
	}
	return false;
}

/*
 * Makes the sets of requests that are together stay where the best choice has them, unless one of them
 * cannot: most of what was found before fits still. False when not even that is left.
 */
static bool keep_places(struct search *s)
{
	const struct relaxation *x = &s->relaxation;

	for (size_t k = 0; k < s->problem->rule_count; k++) {
		const struct solver_rule *rule = &s->problem->rules[k];
		uint64_t able = 0,
			 members = rule->requests & (UINT64_MAX >> (64 - s->problem->request_count));
		uint32_t place = 0;

		if (rule->kind != SOLVER_TOGETHER || !rule_counts(rule))
			continue;
		for (size_t r = 0; r < s->problem->request_count && !place; r++) {
			if (members >> r & 1 && s->chosen[r] != SOLVER_WITHOUT)
				place = x->place[rule->level][s->chosen[r]];
		}
		for (size_t r = 0; place && r < s->problem->request_count; r++) {
			if (members >> r & 1 && has_there(x, r, rule->level, place))
				able |= 1ULL << r;
		}
		for (size_t r = 0; place && (able & members) == members && r < s->problem->request_count;
		     r++) {
			if (members >> r & 1)
				confine(s, r, rule->level, place, true);
		}
	}
	return rules_narrow(&s->relaxation, s->scratch) && relaxation_settle(&s->relaxation);
}

/*
 * Makes the flow that of the best choice when it costs the same: what is near that choice is then found at
 * once. The prices stay: they fit each flow of least cost (complementary slackness). False when it costs
 * more.
 */
static bool follow_best(struct search *s)
{
	struct mincost *net = &s->relaxation.net;

	if (net->now.total != s->total)
		return false;
	for (size_t e = 0; e < net->edge_count; e += 2) {
		uint8_t flow = s->room[e + 1];

		net->now.room[e] = (uint8_t)(net->now.room[e] + net->now.room[e + 1] - flow);
		net->now.room[e + 1] = flow;
	}
	return true;
}

/* The same as explore(), with a look at what is near the best choice before. */
static int explore_near(struct search *s)
{
	wide_cost before = s->best;
	int rc = 0;

	if (!rules_narrow(&s->relaxation, s->scratch) || !relaxation_settle(&s->relaxation) ||
	    s->relaxation.net.now.total >= s->best)
		return 0;
	if (keep(s) < 0)
		return -1;
	if (keep_places(s))
		rc = explore(s);
	drop(s);
	return rc != 0 || s->best < before ? rc : explore(s);
}

/* Looks whether the best cost can be had with this option. */
static int try_option(struct search *s, size_t request, size_t option)
{
	wide_cost cost = s->best - 1;
	bool is_near;
	int rc;

	/* What costs more by the bound needs no search. */
	if (s->relaxation.net.now.total + relaxation_extra(&s->relaxation, option) > cost)
		return 0;
	if (conclude(s) < 0)
		return -1;
	is_near = follow_best(s);
	if (keep(s) < 0)
		return -1;
	take(s, request, option);
	rc = is_near ? explore(s) : explore_near(s);
	s->best = cost + 1;
	drop(s);
	return rc;
}

/* Forbids the places at which the requests of a rule cost more than the best choice. */
static int forbid_sites(struct search *s, const struct solver_rule *rule)
{
	struct relaxation *x = &s->relaxation;
	CLEANUP_FREE struct site *sites = NULL;
	long count = find_sites(s, rule, &sites);

	if (count < 0)
		return no_memory(s);
	for (long i = 0; i < count; i++) {
		if (x->net.now.total + sites[i].extra < s->best)
			s->scratch[sites[i].place] = 1;
	}
	for (size_t r = 0; r < s->problem->request_count; r++) {
		for (size_t i = x->first[r]; rule->requests >> r & 1 && i < x->first[r + 1]; i++) {
			if (!s->scratch[x->place[rule->level][i]])
				relaxation_forbid(x, r, i);
		}
	}
	memset(s->scratch, 0, (x->places[rule->level] + 1) * sizeof(*s->scratch));
	return conclude(s);
}

static int forbid_sites_of(struct search *s, size_t request)
{
	int rc = 0;

	for (size_t k = 0; rc == 0 && k < s->problem->rule_count; k++) {
		const struct solver_rule *rule = &s->problem->rules[k];

		if (rule->kind == SOLVER_TOGETHER && rule_counts(rule) && rule->requests >> request & 1)
			rc = forbid_sites(s, rule);
	}
	return rc;
}

/* The best cost is known. Each request takes its first option with which a choice of this cost is left. */
static int put_in_order(struct search *s)
{
	struct relaxation *x = &s->relaxation;

	s->best++;
	for (size_t r = 0; r < s->problem->request_count; r++) {
		if (forbid_sites_of(s, r) < 0)
			return -1;
		for (size_t i = x->first[r]; i < x->first[r + 1] && i != s->chosen[r]; i++) {
			if (!x->now.allowed[i])
				continue;
			if (try_option(s, r, i) < 0)
				return -1;
			if (i == s->chosen[r])
				break;
			relaxation_forbid(x, r, i);
		}
		take(s, r, s->chosen[r]);
		if (conclude(s) < 0)
			return -1;
	}
	return 0;
}

static int search(struct search *s)
{
	struct relaxation *x = &s->relaxation;
	size_t places = 0;
	int rc = relaxation_init(x, s->problem);

	for (size_t level = 0; level < SOLVER_LEVELS; level++)
		places = x->places[level] > places ? x->places[level] : places;
	s->scratch = calloc(places + 1, sizeof(*s->scratch));
	s->buckets = calloc(x->units + x->classes + 1, sizeof(*s->buckets));
	s->room = calloc(x->net.edge_count + 1, sizeof(*s->room));
	if (rc < 0 || !s->scratch || !s->buckets || !s->room)
		return no_memory(s);
	if (rc != 0)
		return rc;
	s->best = x->hopeless;
	rules_forbid_unknown(x);
	x->changed = s->problem->request_count ? UINT64_MAX >> (64 - s->problem->request_count) : 0;
	if (!rules_narrow(x, s->scratch) || !relaxation_settle(x))
		return SOLVER_NONE;
	if (keep(s) < 0)
		return -1;
	rc = explore(s);
	drop(s);
	if (rc != 0)
		return rc;
	return s->best == x->hopeless ? SOLVER_NONE : put_in_order(s);
}

int solver_solve(const struct solver_problem *problem, size_t *chosen, struct error *err)
{
	struct search s = { .problem = problem, .chosen = chosen, .err = err };
	int rc;

	if (problem->request_count > SOLVER_REQUESTS_MAX || problem->option_count > SOLVER_OPTIONS_MAX)
		return error_set(err, 0, "%zu requests with %zu devices are too many for one choice",
				 problem->request_count, problem->option_count);
	rc = search(&s);
	for (size_t i = 0; i < s.saved_count; i++)
		relaxation_state_clear(&s.saved[i]);
	free(s.saved);
	free(s.scratch);
	free(s.buckets);
	free(s.room);
	relaxation_clear(&s.relaxation);
	return rc;
}
