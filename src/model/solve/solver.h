/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Matches requests with devices under rules, at the least cost. The answer is exact and does not depend on
 * chance: if a choice that meets all rules exists, the best one is found; of equally good ones the first in
 * the order of devices, request by request. Without rules and costs it is the answer of assignment_find().
 * Pure: it knows no registry and no domain; model/allocate/choice.c says what costs and rules come from.
 */
#ifndef PCITAG_MODEL_SOLVE_SOLVER_H
#define PCITAG_MODEL_SOLVE_SOLVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pci/address.h"

/* Requests are members of sets: bits of 64. */
#define SOLVER_REQUESTS_MAX 64

/* Places of a device, from near to far. */
enum solver_level { SOLVER_CARD, SOLVER_SWITCH, SOLVER_ROOT, SOLVER_NODE, SOLVER_LEVELS };

/* Costs that are compared one after the other; each is at most SOLVER_COST_MAX. */
#define SOLVER_COSTS 5
#define SOLVER_COST_MAX 2047

#define SOLVER_OPTIONS_MAX 262144

struct solver_option {
	size_t request;
	struct pci_addr slot; /* function 0 */
	uint8_t functions;    /* bit n is function n of the slot; options conflict when they share one */
	uint16_t costs[SOLVER_COSTS];
	/* Numbers of its places; 0: unknown, which meets no rule of that level about two or more requests. */
	uint32_t places[SOLVER_LEVELS];
	uint32_t cap;  /* 1 and up: number of its cap; 0: none */
	uint32_t room; /* 1 and up: number of its room; 0: none */
	uint32_t pool; /* 1 and up: number of its pool; 0: none */
};

enum solver_rule_kind {
	SOLVER_TOGETHER, /* all devices of the requests are in one place */
	SOLVER_APART,	 /* no two of them are in one place */
};

struct solver_rule {
	enum solver_rule_kind kind;
	enum solver_level level;
	uint64_t requests; /* bit n is request n; those that get nothing count for nothing */
};

/* At most so many of these requests get a device. */
struct solver_quota {
	uint64_t requests;
	unsigned most;
};

struct solver_problem {
	/* Grouped by request in ascending order, and within a request in order of preference. */
	const struct solver_option *options;
	size_t option_count;
	size_t request_count;
	uint64_t optional; /* requests that may get nothing, which costs more than anything else */
	const struct solver_rule *rules;
	size_t rule_count;
	const struct solver_quota *quotas;
	size_t quota_count;
	const unsigned *caps; /* at most so many devices with this cap: of one model, for example */
	size_t cap_count;
	const unsigned *rooms; /* likewise, beside the caps: of one card, for example */
	size_t room_count;
	/* How much is in use of a pool. The n-th device from it costs that and n - 1 more, at level
	 * @pool_cost, but no more than SOLVER_COST_MAX. */
	const unsigned *pools;
	size_t pool_count;
	unsigned pool_cost;	/* below SOLVER_COSTS */
	unsigned long work_max; /* where the search is given up; 0: SOLVER_WORK_MAX */
};

/* Instead of an option: the request gets nothing. */
#define SOLVER_WITHOUT SIZE_MAX

enum { SOLVER_NONE = 1 };

/*
 * @chosen: receives for each request the index of an option, or SOLVER_WITHOUT
 * Returns 0; SOLVER_NONE when no choice meets all rules (*err untouched); -1 with *err when out of memory,
 * when the problem is larger than the bounds above, or when it was not decided within @work_max.
 */
int solver_solve(const struct solver_problem *problem, size_t *chosen, struct error *err);

/*
 * Edges of the network and options that are looked at before the search is given up: about a second of a
 * processor. Without rules and without functions that overlap in part, the search needs no branches. With
 * them the problem is hard in general; problems of 16 requests that were made to be hard have needed a third
 * of it (tests/unit/test_solver.c).
 */
#define SOLVER_WORK_MAX 200000000UL

#endif
