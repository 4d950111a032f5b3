/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: base/text.c */
#include "base/text.h"
#include "test.h"

static const char table[] = "Iface\tMask \tFlags\n  eth0  ff\n\neth1";

static void test_lines_follow_each_other_to_the_end(void)
{
	const char *line = next_line(table);

	CHECK(word_is(word_at(line, 0), "eth0"));
	line = next_line(line);
	CHECK(*line == '\n');
	line = next_line(line);
	CHECK_STR(line, "eth1");
	CHECK_STR(next_line(line), "");
	CHECK_STR(next_line(next_line(line)), "");
}

static void test_words_are_counted_from_zero_within_their_line(void)
{
	CHECK(word_is(word_at(table, 0), "Iface"));
	CHECK(word_is(word_at(table, 2), "Flags"));
	CHECK(*word_at(table, 3) == '\n');
	CHECK(*word_at(table, 9) == '\n');
	CHECK_STR(word_at("eth1", 5), "");
}

static void test_a_word_is_compared_whole(void)
{
	CHECK(!word_is("eth10 x", "eth1"));
	CHECK(!word_is("eth", "eth1"));
	CHECK(word_is("eth1", "eth1"));
	CHECK(word_is("eth1\n", "eth1"));
}

int main(void)
{
	RUN(test_lines_follow_each_other_to_the_end);
	RUN(test_words_are_counted_from_zero_within_their_line);
	RUN(test_a_word_is_compared_whole);
	return 0;
}
