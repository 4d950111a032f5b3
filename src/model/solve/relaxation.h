/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A problem of the solver without the rules that a flow cannot express: its least cost is a lower bound for
 * the problem. Of each option it knows whether the search still allows it. Pure.
 *
 * request -> class -> unit -> room -> pool -> cap -> sink
 *
 * A unit is a function of a slot that all its options have: one device goes through it. A class is a place
 * and a rule that keeps requests apart there: one of them goes through it, or directly to the unit when no
 * such rule has it. A pool has an edge for each further device, with its cost; a room and a cap take as many
 * as they say. Who gets nothing goes through the node of its quota.
 */
#ifndef PCITAG_MODEL_SOLVE_RELAXATION_H
#define PCITAG_MODEL_SOLVE_RELAXATION_H

#include "model/solve/mincost.h"
#include "model/solve/solver.h"

/* What the search changes, and takes back. */
struct relaxation_state {
	struct mincost_state flow;
	uint8_t *allowed;		    /* option */
	uint16_t *uses;			    /* edge / 2 -> allowed options that need it */
	uint64_t without;		    /* requests that may get nothing */
	uint32_t left[SOLVER_REQUESTS_MAX]; /* allowed options, and 1 when it may get nothing */
};

struct relaxation {
	const struct solver_problem *problem;
	size_t first[SOLVER_REQUESTS_MAX + 1]; /* request -> its first option */
	struct mincost net;
	struct relaxation_state now;	/* its flow is unused: net.now */
	uint32_t *place[SOLVER_LEVELS]; /* owned: option -> number of its place, 1 and up; 0: unknown */
	size_t places[SOLVER_LEVELS];	/* the highest */
	size_t *by_slot;		/* owned: options, those of a slot together */
	size_t *rank;			/* owned: option -> its index in @by_slot */
	uint32_t *unit;			/* owned: option -> number of its unit */
	size_t units;
	uint32_t *class; /* owned: option -> number of its class, or MINCOST_NO_EDGE */
	size_t classes;
	int class_rule[SOLVER_REQUESTS_MAX]; /* request -> the rule of its classes, or -1 */
	uint32_t *bin;			     /* owned: unit -> the node behind it */
	bool *is_modelled;		     /* owned: pool -> its costs are in the network */
	uint32_t *pool_edge; /* owned: pool -> its first edge, if so; one more for each further device */
	uint32_t *pool_size; /* owned: pool -> how many */
	wide_cost *cost;     /* owned: option -> its own */
	wide_cost *rated;    /* owned: option -> what its edges cost, at most that */
	uint32_t *leg[2];    /* owned: option -> its edges */
	uint32_t nothing[SOLVER_REQUESTS_MAX]; /* request -> its edge for nothing */
	int quota[SOLVER_REQUESTS_MAX];	       /* request -> the quota that the network knows, or -1 */
	wide_cost hopeless;		       /* a total from here on breaks a quota */
	uint32_t *pending;		       /* owned: edges to be closed */
	size_t pending_count;
	uint64_t changed; /* requests with fewer options than before */
};

/*
 * The price of nothing, above those of all devices; and, above that, what a device costs a request with a
 * quota. So does nothing when the quota leaves that many without a device anyway: all choices that keep the
 * quotas have the same number of it.
 */
extern const wide_cost relaxation_nothing, relaxation_quota;

/*
 * Makes it for a problem, whose arrays must outlive it, and sends a unit from each request.
 * Returns 0; SOLVER_NONE when there is no flow; -1 when out of memory. relaxation_clear() frees it in each
 * case.
 */
int relaxation_init(struct relaxation *x, const struct solver_problem *problem);
void relaxation_clear(struct relaxation *x);

/* The cost of the @count-th further device of a pool. */
wide_cost relaxation_pool_cost(const struct solver_problem *problem, size_t pool, size_t count);

/* Forbids an option, or (@option SOLVER_WITHOUT) that the request gets nothing. */
void relaxation_forbid(struct relaxation *x, size_t request, size_t option);

/* Lets the flow do without all that was forbidden. False when it cannot. */
bool relaxation_settle(struct relaxation *x);

/* Forbids and settles nothing more: what was forbidden since relaxation_save() is allowed again. */
int relaxation_state_init(const struct relaxation *x, struct relaxation_state *state);
void relaxation_state_clear(struct relaxation_state *state);
void relaxation_save(const struct relaxation *x, struct relaxation_state *state);
void relaxation_restore(struct relaxation *x, const struct relaxation_state *state);

/* In a choice: the network leads the request to a device that it may not have, @lost being one of that place.
 */
#define RELAXATION_LOST (SIZE_MAX - 1)

/*
 * Returns what the flow gives to a request: an allowed option, SOLVER_WITHOUT, or RELAXATION_LOST.
 * @lost: receives, for the last, an option of the place
 */
size_t relaxation_choice(const struct relaxation *x, size_t request, size_t *lost);

/* Lower bounds of what it costs more when the request must take this option. */
wide_cost relaxation_extra(const struct relaxation *x, size_t option);

/* The same for so many devices of a pool, without their options; 0 when the network does not know it. */
wide_cost relaxation_pool_extra(const struct relaxation *x, uint32_t pool, size_t count);

#endif
