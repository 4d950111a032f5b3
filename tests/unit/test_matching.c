/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/allocate/assignment.c model/pci/address.c base/error.c */
#include <stdbool.h>

#include "model/allocate/assignment.h"
#include "test.h"

static struct match_option option(size_t request, uint8_t slot, uint8_t functions)
{
	return (struct match_option){ .request = request, .slot = { .slot = slot }, .functions = functions };
}

static void test_a_request_by_type_leaves_the_only_card_to_the_request_by_model(void)
{
	/* gpu: cards 1 and 2; A100: only card 1 */
	struct match_option options[] = { option(0, 1, 1), option(0, 2, 1), option(1, 1, 1) };
	size_t chosen[2];
	struct error err;

	CHECK(assignment_find(options, 3, 2, chosen, &err) == 0);
	CHECK(chosen[0] == 1 && chosen[1] == 2);
}

static void test_the_lowest_address_wins_when_nobody_else_needs_it(void)
{
	struct match_option options[] = { option(0, 1, 1), option(0, 2, 1), option(1, 1, 1),
					  option(1, 2, 1) };
	size_t chosen[2];
	struct error err;

	CHECK(assignment_find(options, 4, 2, chosen, &err) == 0);
	CHECK(chosen[0] == 0 && chosen[1] == 3);
}

static void test_three_requests_on_two_cards_have_no_solution(void)
{
	struct match_option options[] = { option(0, 1, 1), option(0, 2, 1), option(1, 1, 1),
					  option(1, 2, 1), option(2, 1, 1), option(2, 2, 1) };
	size_t chosen[3];
	struct error err;

	CHECK(assignment_find(options, 6, 3, chosen, &err) == MATCH_NONE);
}

static void test_a_whole_card_and_one_of_its_functions_exclude_each_other(void)
{
	/* gpu with all functions: card 1 (0+1) or card 2 (0+1); audio: function 1 of card 1 only */
	struct match_option options[] = { option(0, 1, 3), option(0, 2, 3), option(1, 1, 2) };
	size_t chosen[2];
	struct error err;

	CHECK(assignment_find(options, 3, 2, chosen, &err) == 0);
	CHECK(chosen[0] == 1 && chosen[1] == 2);
}

static void test_ten_requests_for_nine_cards_are_refused_at_once(void)
{
	struct match_option options[90];
	size_t chosen[10], n = 0;
	struct error err;

	for (size_t r = 0; r < 10; r++) {
		for (uint8_t card = 0; card < 9; card++)
			options[n++] = option(r, card, 3);
	}
	CHECK(assignment_find(options, n, 10, chosen, &err) == MATCH_NONE);
}

/* The plainest possible search, to compare with. */
static bool brute_force(const struct match_option *options, size_t count, size_t requests, size_t r,
			size_t *chosen)
{
	if (r == requests)
		return true;
	for (size_t i = 0; i < count; i++) {
		bool fits = options[i].request == r;

		for (size_t k = 0; k < r && fits; k++) {
			const struct match_option *taken = &options[chosen[k]];

			fits = taken->slot.slot != options[i].slot.slot ||
			       !(taken->functions & options[i].functions);
		}
		if (!fits)
			continue;
		chosen[r] = i;
		if (brute_force(options, count, requests, r + 1, chosen))
			return true;
	}
	return false;
}

static void test_random_hosts_give_the_answer_of_an_exhaustive_search(void)
{
	unsigned solved = 0, refused = 0;

	srand(1);
	for (int round = 0; round < 20000; round++) {
		struct match_option options[64];
		size_t requests = 1 + (size_t)rand() % 6, count = 0;
		size_t chosen[6], expected[6];
		struct error err;

		for (size_t r = 0; r < requests; r++) {
			for (uint8_t slot = 0; slot < 4; slot++) {
				uint8_t functions = (uint8_t)(rand() % 8);

				if (functions && rand() % 2)
					options[count++] = option(r, slot, functions);
			}
		}
		if (brute_force(options, count, requests, 0, expected)) {
			CHECK(assignment_find(options, count, requests, chosen, &err) == 0);
			CHECK(memcmp(chosen, expected, requests * sizeof(chosen[0])) == 0);
			solved++;
		} else {
			CHECK(assignment_find(options, count, requests, chosen, &err) == MATCH_NONE);
			refused++;
		}
	}
	CHECK(solved > 1000 && refused > 1000);
}

/* Seventeen requests with two cards each, and two that no choice of the others can reconcile: what the
 * matching cannot see. */
static void test_a_search_without_an_end_is_given_up(void)
{
	struct match_option options[36];
	size_t chosen[19], n = 0;
	struct error err;

	for (size_t r = 0; r < 17; r++) {
		options[n++] = option(r, (uint8_t)(2 * r), 1);
		options[n++] = option(r, (uint8_t)(2 * r + 1), 1);
	}
	options[n++] = option(17, 100, 3);
	options[n++] = option(18, 100, 2);
	CHECK(assignment_find(options, n, 19, chosen, &err) == -1);
	CHECK_STR(err.msg, "gave up matching 19 requests after 100000 steps; ask for fewer overlapping "
			   "multifunction devices");
}

int main(void)
{
	RUN(test_a_request_by_type_leaves_the_only_card_to_the_request_by_model);
	RUN(test_the_lowest_address_wins_when_nobody_else_needs_it);
	RUN(test_three_requests_on_two_cards_have_no_solution);
	RUN(test_a_whole_card_and_one_of_its_functions_exclude_each_other);
	RUN(test_ten_requests_for_nine_cards_are_refused_at_once);
	RUN(test_a_search_without_an_end_is_given_up);
	RUN(test_random_hosts_give_the_answer_of_an_exhaustive_search);
	return 0;
}
