/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A search in dictionary order: the first request takes its first option that leaves the
 * others a chance, then the second, and so on. "Leaves a chance" is asked of a bipartite
 * matching (augmenting paths) in which an option occupies the unit of its slot and lowest
 * function. Where no two options overlap partly the matching is the whole truth and the
 * search never turns back; partial overlap (one model takes a function, another the
 * whole card) can only make the matching too hopeful, and then the search does.
 */
#include "model/matching.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define NOBODY SIZE_MAX

/* Each step costs one matching; a host where this many do not suffice has not been thought of. */
#define STEPS_MAX 100000

struct search {
	const struct match_option *options;
	size_t count;
	size_t requests;
	size_t *chosen;
	size_t *unit;	/* option -> number of its unit; options of equal slot and lowest function share it */
	size_t *owner;	/* unit -> request, while matching */
	bool *visited;	/* unit, during one augmentation */
	unsigned steps; /* left */
};

static bool conflict(const struct match_option *a, const struct match_option *b)
{
	return (a->functions & b->functions) && pci_addr_equal(&a->slot, &b->slot);
}

/* Is option @i ruled out by what the first @decided requests have taken? */
static bool ruled_out(const struct search *s, size_t i, size_t decided)
{
	for (size_t r = 0; r < decided; r++) {
		if (conflict(&s->options[i], &s->options[s->chosen[r]]))
			return true;
	}
	return false;
}

/* Finds @request a unit, moving others along an augmenting path where that helps. */
static bool augment(struct search *s, size_t request, size_t decided)
{
	for (size_t i = 0; i < s->count; i++) {
		size_t unit = s->unit[i];

		if (s->options[i].request != request || s->visited[unit] || ruled_out(s, i, decided))
			continue;
		s->visited[unit] = true;
		if (s->owner[unit] == NOBODY || augment(s, s->owner[unit], decided)) {
			s->owner[unit] = request;
			return true;
		}
	}
	return false;
}

/* Could the requests from @decided on still be met, as far as the matching can tell? */
static bool has_chance(struct search *s, size_t decided)
{
	for (size_t u = 0; u < s->count; u++)
		s->owner[u] = NOBODY;
	for (size_t r = decided; r < s->requests; r++) {
		for (size_t u = 0; u < s->count; u++)
			s->visited[u] = false;
		if (!augment(s, r, decided))
			return false;
	}
	return true;
}

static int decide(struct search *s, size_t request, struct error *err)
{
	if (request == s->requests)
		return 0;
	for (size_t i = 0; i < s->count; i++) {
		int rc;

		if (s->options[i].request != request || ruled_out(s, i, request))
			continue;
		if (s->steps-- == 0)
			return error_set(err, 0,
					 "gave up matching %zu requests after %d steps; ask for fewer "
					 "overlapping multifunction devices",
					 s->requests, STEPS_MAX);
		s->chosen[request] = i;
		if (!has_chance(s, request + 1))
			continue;
		rc = decide(s, request + 1, err);
		if (rc != MATCH_NONE)
			return rc;
	}
	return MATCH_NONE;
}

static bool same_unit(const struct match_option *a, const struct match_option *b)
{
	/* x & -x is the lowest bit set. */
	return pci_addr_equal(&a->slot, &b->slot) &&
	       (a->functions & -a->functions) == (b->functions & -b->functions);
}

static void number_units(struct search *s)
{
	for (size_t i = 0; i < s->count; i++) {
		size_t first = 0;

		while (!same_unit(&s->options[first], &s->options[i]))
			first++;
		s->unit[i] = first;
	}
}

int match_requests(const struct match_option *options, size_t count, size_t requests, size_t *chosen,
		   struct error *err)
{
	CLEANUP_FREE size_t *unit = calloc(count + 1, sizeof(*unit));
	CLEANUP_FREE size_t *owner = calloc(count + 1, sizeof(*owner));
	CLEANUP_FREE bool *visited = calloc(count + 1, sizeof(*visited));
	struct search s = { .options = options,
			    .count = count,
			    .requests = requests,
			    .chosen = chosen,
			    .unit = unit,
			    .owner = owner,
			    .visited = visited,
			    .steps = STEPS_MAX };

	if (!unit || !owner || !visited)
		return error_set(err, ENOMEM, "cannot match %zu options", count);
	number_units(&s);
	return has_chance(&s, 0) ? decide(&s, 0, err) : MATCH_NONE;
}
