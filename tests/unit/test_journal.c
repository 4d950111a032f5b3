/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/system/journal.c base/error.c */
/* libs: json-c */
#include "host/system/journal.h"
#include "test.h"

static struct journal_entry entry;

static bool parse(const char *text)
{
	return journal_entry_parse(text, strlen(text), &entry);
}

static void test_a_line_about_a_domain(void)
{
	CHECK(parse("{\"__REALTIME_TIMESTAMP\":\"1795232848000001\",\"PRIORITY\":\"4\","
		    "\"MESSAGE\":\"domain 'win11': an earlier run: left\"}"));
	CHECK(entry.usec == 1795232848000001 && entry.priority == 4);
	CHECK_STR(entry.domain, "win11");
	CHECK_STR(entry.message, "an earlier run: left");
}

static void test_a_line_about_an_owner_and_one_about_nobody(void)
{
	CHECK(parse("{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"owner 'o': lost\"}"));
	CHECK_STR(entry.domain, "o");
	CHECK(entry.priority == 6);
	CHECK(parse("{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"the domain 'o': lost\"}"));
	CHECK_STR(entry.domain, "");
	CHECK_STR(entry.message, "the domain 'o': lost");
	CHECK(parse("{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"domain 'cut\"}"));
	CHECK_STR(entry.message, "domain 'cut");
}

static void test_bytes_become_text_without_control_characters(void)
{
	CHECK(parse("{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":[97,27,0,300,98]}"));
	CHECK_STR(entry.message, "a???b");
	CHECK(parse("{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"a\\u001b\\u009bb\"}"));
	CHECK_STR(entry.message, "a???b");
}

static void test_what_is_no_entry(void)
{
	CHECK(!parse(""));
	CHECK(!parse("[]"));
	CHECK(!parse("{\"MESSAGE\":\"no time\"}"));
	CHECK(!parse("{\"__REALTIME_TIMESTAMP\":\"-1\",\"MESSAGE\":\"x\"}"));
	CHECK(!parse("{\"__REALTIME_TIMESTAMP\":\"1x\",\"MESSAGE\":\"x\"}"));
	CHECK(!parse("{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":null}"));
	CHECK(!parse("{\"__REALTIME_TIMESTAMP\":\"1\"}"));
}

int main(void)
{
	RUN(test_a_line_about_a_domain);
	RUN(test_a_line_about_an_owner_and_one_about_nobody);
	RUN(test_bytes_become_text_without_control_characters);
	RUN(test_what_is_no_entry);
	return 0;
}
