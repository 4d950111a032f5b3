/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The problem of a choice under wishes, and why it has no solution. Of choice.c alone. Pure. */
#ifndef PCITAG_MODEL_ALLOCATE_CHOICE_REASON_H
#define PCITAG_MODEL_ALLOCATE_CHOICE_REASON_H

#include "model/allocate/choice.h"
#include "model/solve/solver.h"

/* A rule, and who wants it. */
struct source {
	const struct profile *profile; /* NULL: the domain */
};

/* What a cap is about. */
struct capped {
	const struct model *model;
};

/* What a pool is about: devices of a model on a card. */
struct pool_key {
	uint64_t card;
	const struct model *model;
};

struct choice {
	const struct allocation_input *in;
	struct allocation *allocation;
	struct wishes wishes[DOMAIN_REQUESTS_MAX];
	const struct profile *profiles[DOMAIN_REQUESTS_MAX];
	uint64_t barred; /* requests whose profile is not for the domain: bit n is request n */
	struct solver_problem problem;
	struct solver_option *options; /* owned */
	size_t *where;		       /* owned: option -> its candidate */
	struct solver_rule *rules;     /* owned */
	struct source *sources;	       /* owned: of the rules */
	struct solver_quota *quotas;   /* owned */
	struct capped *capped;	       /* owned: the models of the caps */
	unsigned *caps;		       /* owned */
	unsigned *rooms;	       /* owned: as in->rooms */
	struct pool_key *pool_keys;    /* owned: what the pools are of */
	unsigned *pools;	       /* owned */
	uint64_t *places[PCI_LEVELS];  /* owned: the places of the options, in order */
	size_t place_counts[PCI_LEVELS];
	size_t chosen[DOMAIN_REQUESTS_MAX];
};

/* Solves the problem as it is; c->chosen has the answer. Returns as solver_solve(). */
int choice_solve(struct choice *c, struct error *err);

/* True when another domain has what the lease lists: what is only held after its use belongs to none. */
bool choice_is_lent(const struct allocation_input *in, const struct lease *lease);

/* Refuses a request whose profile is not for the domain. Returns 0 or ALLOCATION_REFUSED. */
int choice_check_allowed(const struct choice *c, size_t request, struct error *err);

/* Refuses a request whose wishes leave it no device. Returns 0 or ALLOCATION_REFUSED. */
int choice_check_options(const struct choice *c, struct error *err);

/* Refuses more requests by a profile than its limit and per_domain leave. Returns 0 or ALLOCATION_REFUSED. */
int choice_check_quotas(const struct choice *c, struct error *err);

/*
 * Finds the wish without which a problem that has no solution would have one. The problem is changed.
 * Returns ALLOCATION_REFUSED with the wish in *err; CHOICE_NONE when there is none; or -1.
 */
int choice_explain(struct choice *c, struct error *err);

/*
 * Finds why optional request @request got nothing in the choice @chosen: what would refuse it if it had to
 * get a device beside those that got one. The problem is the same afterwards.
 * @why: receives the line, or "" when it is no wish, or that cannot be told
 */
void choice_explain_without(struct choice *c, const size_t *chosen, size_t request,
			    char why[static ERROR_MSG_LEN]);

#endif
