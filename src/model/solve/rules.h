/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the solver's relaxation does not know: whether a choice meets all rules, and what follows from
 * decisions. */
#ifndef PCITAG_MODEL_SOLVE_RULES_H
#define PCITAG_MODEL_SOLVE_RULES_H

#include "model/solve/relaxation.h"

/*
 * How a search goes on where the choice of the relaxation is none of the problem: one branch for each place
 * that the requests of a rule can have together; or two: the request takes an option of this kind, and it
 * takes another one.
 */
enum branch_kind {
	BRANCH_NONE, /* the choice meets all rules, at its cost */
	BRANCH_TOGETHER,
	BRANCH_PLACE,	/* options at @place of @level */
	BRANCH_OPTION,	/* exactly @option */
	BRANCH_WITHOUT, /* nothing */
	BRANCH_DEAD,	/* everything is decided, and a rule is broken */
};

struct branch {
	enum branch_kind kind;
	const struct solver_rule *rule;
	size_t request;
	enum solver_level level;
	uint32_t place;
	size_t option;
};

/* A rule about fewer than two requests says nothing. */
static inline bool rule_counts(const struct solver_rule *rule)
{
	return (rule->requests & (rule->requests - 1)) != 0;
}

/* Forbids options without a place where a rule needs it. */
void rules_forbid_unknown(struct relaxation *x);

/*
 * Forbids what no choice can contain after what is forbidden already. False when a request has no option
 * left, or a rule is broken for certain.
 * @scratch: 0s, as many as the level with the most places has, and one more; they are 0 again afterwards
 */
bool rules_narrow(struct relaxation *x, uint32_t *scratch);

/* The cost of a choice without RELAXATION_LOST that keeps the quotas: options, who gets nothing, pools. */
wide_cost rules_cost(const struct relaxation *x, const size_t *choice);

/* A lower bound of the costs of each choice that is still allowed, @choice being that of the relaxation. */
wide_cost rules_bound(const struct relaxation *x, const size_t *choice);

/* Decides how to go on from the relaxation's choice. @lost: as for relaxation_choice(), of each request */
struct branch rules_branch(const struct relaxation *x, const size_t *choice, const size_t *lost,
			   wide_cost bound);

#endif
