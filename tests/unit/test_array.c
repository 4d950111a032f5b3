/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: */
#include "base/array.h"

#include <stdint.h>

#include "test.h"

struct pair {
	int left, right;
};

static void test_elements_stay_in_their_order(void)
{
	struct pair *pairs = NULL;
	size_t count = 0;

	for (int i = 0; i < 1000; i++)
		CHECK(ARRAY_APPEND(pairs, count, (struct pair){ .left = i, .right = -i }));
	CHECK(count == 1000);
	for (int i = 0; i < 1000; i++)
		CHECK(pairs[i].left == i && pairs[i].right == -i);
	free(pairs);
}

static void test_an_added_element_is_zero(void)
{
	struct pair *pairs = NULL, *added;
	size_t count = 0;

	for (int i = 0; i < 9; i++) {
		added = ARRAY_ADD(pairs, count);
		CHECK(added == &pairs[count - 1]);
		CHECK(added->left == 0 && added->right == 0);
		*added = (struct pair){ 1, 2 };
	}
	free(pairs);
}

static void test_an_array_moves_only_at_a_power_of_two(void)
{
	char *items = NULL, *grown;

	for (size_t count = 0; count < 1024; count++) {
		grown = array_grow(items, count, 1);
		CHECK(grown);
		CHECK(grown == items || (count & (count - 1)) == 0);
		items = grown;
		items[count] = 'x';
	}
	free(items);
}

static void test_the_owner_may_take_elements_away(void)
{
	int *numbers = NULL;
	size_t count = 0;

	for (int i = 0; i < 100; i++) {
		CHECK(ARRAY_APPEND(numbers, count, i));
		CHECK(ARRAY_APPEND(numbers, count, i));
		if (i % 3 == 0)
			count -= 2;
	}
	CHECK(count == 132);
	count = 0;
	CHECK(ARRAY_APPEND(numbers, count, 7));
	CHECK(count == 1 && numbers[0] == 7);
	free(numbers);
}

/* A size that memory cannot hold is a failure to report, as it is without AddressSanitizer. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void test_a_size_that_overflows_is_refused(void)
{
	volatile size_t count = (SIZE_MAX >> 2) + 1;

	CHECK(!array_grow(NULL, count, 16));
}

static void test_without_memory_nothing_changes(void)
{
	struct huge {
		char bytes[PTRDIFF_MAX / 2];
	} *items = NULL;
	volatile size_t count = 1;

	CHECK(!ARRAY_ADD(items, count));
	CHECK(!items && count == 1);
}

int main(void)
{
	RUN(test_elements_stay_in_their_order);
	RUN(test_an_added_element_is_zero);
	RUN(test_an_array_moves_only_at_a_power_of_two);
	RUN(test_the_owner_may_take_elements_away);
	RUN(test_a_size_that_overflows_is_refused);
	RUN(test_without_memory_nothing_changes);
	return 0;
}
