/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/watch/file_list.c base/error.c */
#include "model/watch/file_list.h"
#include "test.h"

static char told[512];

static void tell(enum file_change change, const char *name, void *context)
{
	(void)context;
	text_append(told, sizeof(told), "%s%s %s", told[0] ? ", " : "", name, file_change_name(change));
}

static void add(struct file_list *list, const char *name, uint64_t inode, int64_t modified_ns, int64_t size)
{
	struct file_entry entry = { .inode = inode, .modified_ns = modified_ns, .size = size };

	strcpy(entry.name, name);
	CHECK(file_list_add(list, &entry, NULL) == 0);
}

static void check(struct file_list *before, struct file_list *after, const char *expected)
{
	told[0] = '\0';
	file_list_sort(before);
	file_list_sort(after);
	file_list_compare(before, after, tell, NULL);
	CHECK_STR(told, expected);
	file_list_clear(before);
	file_list_clear(after);
}

static void test_what_is_new_and_what_is_gone_is_told_in_the_order_of_names(void)
{
	struct file_list before = { 0 }, after = { 0 };

	add(&before, "c", 3, 0, 0);
	add(&before, "a", 1, 0, 0);
	add(&after, "d", 4, 0, 0);
	add(&after, "c", 3, 0, 0);
	add(&after, "b", 2, 0, 0);
	check(&before, &after, "a removed, b made, d made");
}

static void test_a_file_that_was_replaced_or_written_to_has_changed(void)
{
	struct file_list before = { 0 }, after = { 0 };

	add(&before, "replaced", 1, 5, 5);
	add(&after, "replaced", 2, 5, 5);
	add(&before, "same", 3, 5, 5);
	add(&after, "same", 3, 5, 5);
	add(&before, "touched", 4, 5, 5);
	add(&after, "touched", 4, 6, 5);
	add(&before, "written", 6, 5, 5);
	add(&after, "written", 6, 5, 7);
	check(&before, &after, "replaced changed, touched changed, written changed");
}

static void test_of_an_empty_directory_all_is_new_and_of_one_that_is_gone_nothing_is_left(void)
{
	struct file_list before = { 0 }, after = { 0 };

	add(&after, "a", 1, 0, 0);
	check(&before, &after, "a made");
	add(&before, "a", 1, 0, 0);
	check(&before, &after, "a removed");
	check(&before, &after, "");
}

int main(void)
{
	RUN(test_what_is_new_and_what_is_gone_is_told_in_the_order_of_names);
	RUN(test_a_file_that_was_replaced_or_written_to_has_changed);
	RUN(test_of_an_empty_directory_all_is_new_and_of_one_that_is_gone_nothing_is_left);
	return 0;
}
