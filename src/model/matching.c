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
#include <string.h>

#define NOBODY SIZE_MAX

/* Each step costs one matching; a host where this many do not suffice has not been thought of. */
#define STEPS_MAX 100000

struct search {
	const struct match_option *options;
	size_t requests;
	size_t *chosen;
	size_t *first; /* request -> its first option; the last one's end is behind it */
	size_t *unit;  /* option -> number of its unit; options of equal slot and lowest function share it */
	size_t units;
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

/* Could the requests from @decided on still be met, as far as the matching can tell? */
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

/* An option's place in the order of units. */
struct place {
	struct pci_addr slot;
	uint8_t lowest; /* of its functions, as a bit */
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

int match_requests(const struct match_option *options, size_t count, size_t requests, size_t *chosen,
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
