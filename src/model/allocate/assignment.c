/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A search in dictionary order: the first request takes its first option that leaves the other requests a
 * chance, then the second request does, and so on. A bipartite matching (augmenting paths) decides whether a
 * chance is left. In it, an option occupies the unit of its slot and lowest function. When no two options
 * overlap partly, the matching is exact and the search never backtracks. Partial overlap (one model takes a
 * function, another the whole card) can only make the matching too optimistic; then it backtracks.
 */
#include "model/allocate/assignment.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY SIZE_MAX

/* Each step computes one matching. No known host needs more steps. */
#define STEPS_MAX 100000

struct search {
	const struct match_option *options;
	size_t requests;
	size_t *chosen;
	size_t *first; /* request -> its first option; one more entry marks the end of the last */
	size_t *unit; /* option -> number of its unit; options with equal slot and lowest function share it */
	size_t units;
	size_t *owner;	/* unit -> request, during the matching */
	bool *visited;	/* unit, during one augmentation */
	unsigned steps; /* left */
};

static bool conflict(const struct match_option *a, const struct match_option *b)
{
	return (a->functions & b->functions) && pci_addr_equal(&a->slot, &b->slot);
}

/* True when the choices of the first @decided requests rule out option @i. */
static bool ruled_out(const struct search *s, size_t i, size_t decided)
{
	for (size_t r = 0; r < decided; r++) {
		if (conflict(&s->options[i], &s->options[s->chosen[r]]))
			return true;
	}
	return false;
}

/* Finds a unit for @request, and moves other requests along an augmenting path when needed. */
static bool augment(struct search *s, size_t request, size_t decided)
{
	for (size_t i = s->first[request]; i < s->first[request + 1]; i++) {
		size_t unit = s->unit[i];

		if (s->visited[unit] || ruled_out(s, i, decided))
			continue;
		s->visited[unit] = true;
		if (s->owner[unit] == NOBODY || augment(s, s->owner[unit], decided)) {
			s->owner[unit] = request;
			return true;
		}
	}
	return false;
}

/* True when, according to the matching, the requests from @decided on can still be met. */
static bool has_chance(struct search *s, size_t decided)
{
	for (size_t u = 0; u < s->units; u++)
		s->owner[u] = NOBODY;
	for (size_t r = decided; r < s->requests; r++) {
		memset(s->visited, 0, s->units * sizeof(*s->visited));
		if (!augment(s, r, decided))
			return false;
	}
	return true;
}

static int decide(struct search *s, size_t request, struct error *err)
{
	if (request == s->requests)
		return 0;
	for (size_t i = s->first[request]; i < s->first[request + 1]; i++) {
		int rc;

		if (ruled_out(s, i, request))
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

/* The position of an option in the order of units. */
struct place {
	struct pci_addr slot;
	uint8_t lowest; /* its lowest function, as a bit */
	size_t option;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = pci_addr_compare(&x->slot, &y->slot);

	return order ? order : (int)x->lowest - (int)y->lowest;
}

static int number_units(struct search *s, size_t count)
{
	CLEANUP_FREE struct place *places = calloc(count + 1, sizeof(*places));

	if (!places)
		return -1;
	for (size_t i = 0; i < count; i++) {
		uint8_t functions = s->options[i].functions;

		/* x & -x is the lowest bit set. */
		places[i] = (struct place){ s->options[i].slot, (uint8_t)(functions & -functions), i };
	}
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || compare_places(&places[i - 1], &places[i]) != 0)
			s->units++;
		s->unit[places[i].option] = s->units - 1;
	}
	return 0;
}

static void find_firsts(struct search *s, size_t count)
{
	size_t option = 0;

	for (size_t r = 0; r <= s->requests; r++) {
		while (option < count && s->options[option].request < r)
			option++;
		s->first[r] = option;
	}
}

int assignment_find(const struct match_option *options, size_t count, size_t requests, size_t *chosen,
		    struct error *err)
{
	CLEANUP_FREE size_t *first = calloc(requests + 1, sizeof(*first));
	CLEANUP_FREE size_t *unit = calloc(count + 1, sizeof(*unit));
	CLEANUP_FREE size_t *owner = calloc(count + 1, sizeof(*owner));
	CLEANUP_FREE bool *visited = calloc(count + 1, sizeof(*visited));
	struct search s = { .options = options,
			    .requests = requests,
			    .chosen = chosen,
			    .first = first,
			    .unit = unit,
			    .owner = owner,
			    .visited = visited,
			    .steps = STEPS_MAX };

	if (!first || !unit || !owner || !visited || number_units(&s, count) < 0)
		return error_set(err, ENOMEM, "cannot match %zu options", count);
	find_firsts(&s, count);
	return has_chance(&s, 0) ? decide(&s, 0, err) : MATCH_NONE;
}
