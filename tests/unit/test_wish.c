/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/wish/wish.c model/wish/pattern_list.c model/lease/name.c base/error.c */
#include "model/wish/wish.h"
#include "test.h"

#define UUID "6f1c2f4e-0000-4000-8000-0123456789ab"

/* "numa=required apart=card": as wishes_format() writes them. */
static struct wishes wishes_of(const char *text)
{
	struct wishes wishes = { 0 };
	char key[32], value[32];
	struct error err;
	int len;

	for (; sscanf(text, " %31[a-z_]=%31[a-z0-9]%n", key, value, &len) == 2; text += len)
		CHECK(wishes_set(&wishes, key, value, &err) == 0);
	return wishes;
}

static void check_text(const struct wishes *wishes, const char *text)
{
	char buf[WISHES_LEN];

	CHECK_STR(wishes_format(wishes, buf), text);
}

static void test_each_word_is_kept_and_written(void)
{
	static const char *const texts[] = {
		"",
		"numa=none",
		"numa=preferred",
		"numa=required",
		"together=card",
		"together=switch",
		"together=root",
		"together=numa",
		"apart=card",
		"apart=numa",
		"prefer=first",
		"prefer=last",
		"prefer=spread",
		"prefer=pack",
		"optional=yes",
		"optional=no",
		"limit=1",
		"per_domain=9999",
		"numa=preferred together=switch apart=switch prefer=spread optional=yes limit=9999 "
		"per_domain=9999",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct wishes wishes = wishes_of(texts[i]);

		check_text(&wishes, texts[i]);
		CHECK(wishes_are_none(&wishes) == (i == 0));
	}
}

static void test_one_value_can_be_asked_for(void)
{
	struct wishes wishes = wishes_of("together=root limit=12");
	char buf[WISHES_LEN];

	CHECK_STR(wishes_get(&wishes, "together", buf), "root");
	CHECK_STR(wishes_get(&wishes, "limit", buf), "12");
	CHECK(!wishes_get(&wishes, "apart", buf) && !wishes_get(&wishes, "per_domain", buf));
	CHECK(!wishes_get(&wishes, "numa", buf) && !wishes_get(&wishes, "colour", buf));
}

static void test_other_values_are_refused_with_what_to_write(void)
{
	static const struct {
		const char *key, *value, *message;
	} cases[] = {
		{ "numa", "", "numa =  is neither required nor preferred nor none; " },
		{ "numa", "strict",
		  "numa = strict is neither required nor preferred nor none; write required" },
		{ "together", "bus", "together = bus is none of card, switch, root and numa; write card" },
		{ "apart", "Card", "apart = Card is none of card, switch, root and numa; write card" },
		{ "prefer", "best", "prefer = best is none of first, last, spread and pack; write first" },
		{ "optional", "maybe", "optional = maybe is neither yes nor no; write yes when" },
		{ "limit", "0", "limit = 0: write a number of devices, 1 to 9999" },
		{ "limit", "-1", "limit = -1: write a number of devices, 1 to 9999" },
		{ "limit", "10000", "limit = 10000: write a number of devices, 1 to 9999" },
		{ "limit", "99999999999999999999", "limit = 99999999999999999999: write a number" },
		{ "per_domain", "1x", "per_domain = 1x: write a number of devices, 1 to 9999" },
		{ "per_domain", "", "per_domain = : write a number of devices, 1 to 9999" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wishes wishes = wishes_of("numa=none limit=3");
		struct error err = { 0 };

		CHECK(wishes_set(&wishes, cases[i].key, cases[i].value, &err) == -1);
		if (strncmp(err.msg, cases[i].message, strlen(cases[i].message)) != 0)
			CHECK_STR(err.msg, cases[i].message);
		check_text(&wishes, "numa=none limit=3");
	}
}

static void test_another_key_is_not_one(void)
{
	struct wishes wishes = { 0 };

	CHECK(wishes_set(&wishes, "allow", "x", NULL) == WISH_NO_SUCH_KEY);
	CHECK(wishes_set(&wishes, "", "x", NULL) == WISH_NO_SUCH_KEY);
	CHECK(wishes_are_none(&wishes));
}

static void test_what_cannot_be_is_refused(void)
{
	static const char *const good[] = { "together=switch apart=card", "together=numa apart=root",
					    "together=numa apart=card", "apart=numa", "together=card" };
	static const char *const bad[] = { "together=card apart=card", "together=card apart=numa",
					   "together=switch apart=switch", "together=root apart=numa" };
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct wishes wishes = wishes_of(good[i]);

		CHECK(wishes_check(&wishes, &err) == 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct wishes wishes = wishes_of(bad[i]);

		CHECK(wishes_check(&wishes, &err) == -1);
	}
	CHECK_STR(err.msg,
		  "together = root and apart = numa contradict each other: devices of one root are not "
		  "apart; write a nearer place for apart, or delete one of the two");
}

static void test_who_stands_below_narrows_and_never_widens(void)
{
	static const struct {
		const char *base, *more, *both;
	} cases[] = {
		{ "", "", "" },
		{ "", "numa=required prefer=last optional=yes", "numa=required prefer=last optional=yes" },
		{ "numa=required", "numa=none", "numa=required" },
		{ "numa=required", "numa=preferred", "numa=required" },
		{ "numa=none", "numa=preferred", "numa=preferred" },
		{ "numa=preferred", "numa=required", "numa=required" },
		{ "together=switch", "together=root", "together=switch" },
		{ "together=numa", "together=card", "together=card" },
		{ "together=switch", "", "together=switch" },
		{ "apart=card", "apart=numa", "apart=numa" },
		{ "apart=root", "apart=card", "apart=root" },
		{ "together=root", "apart=card", "together=root apart=card" },
		{ "optional=no", "optional=yes", "optional=no" },
		{ "optional=yes", "optional=no", "optional=no" },
		{ "optional=yes", "", "optional=yes" },
		{ "limit=2", "limit=3 per_domain=1", "limit=2 per_domain=1" },
		{ "limit=3 per_domain=2", "limit=2", "limit=2 per_domain=2" },
		{ "prefer=pack", "", "prefer=pack" },
		{ "prefer=pack", "prefer=pack", "prefer=pack" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wishes base = wishes_of(cases[i].base), more = wishes_of(cases[i].more);
		struct error err = { 0 };

		CHECK(wishes_narrow(&base, "a", &more, "b", &err) == 0);
		check_text(&base, cases[i].both);
	}
}

static void test_contradictions_name_both(void)
{
	struct wishes base = wishes_of("together=switch prefer=spread"), more = wishes_of("prefer=pack");
	struct error err = { 0 };

	CHECK(wishes_narrow(&base, "profile fast", &more, "domain 'win11'", &err) == -1);
	CHECK_STR(err.msg, "profile fast has prefer = spread, and domain 'win11' has prefer = pack, which "
			   "contradict each other: delete one of the two");
	more = wishes_of("apart=root");
	CHECK(wishes_narrow(&base, "profile fast", &more, "domain 'win11'", &err) == -1);
	CHECK_STR(err.msg, "profile fast has together = switch, and domain 'win11' has apart = root, which "
			   "contradict each other: delete one of the two");
	/* Only what one narrows makes it one. */
	base = wishes_of("together=root apart=card");
	more = wishes_of("together=card");
	CHECK(wishes_narrow(&base, "profile fast", &more, "domain 'win11'", &err) == -1);
	CHECK_STR(err.msg, "domain 'win11' has together = card, and profile fast has apart = card, which "
			   "contradict each other: delete one of the two");
	check_text(&base, "together=root apart=card");
}

static bool allows(const char *list, const char *name)
{
	struct pattern_list allow = { 0 };
	struct error err = { 0 };
	bool is_allowed;

	if (wish_parse_allow("allow", list, &allow, &err) != 0)
		CHECK_STR(err.msg, "");
	is_allowed = wish_allows(&allow, name, UUID);
	pattern_list_clear(&allow);
	return is_allowed;
}

static void test_patterns_admit_domains(void)
{
	CHECK(wish_allows(&(struct pattern_list){ 0 }, "win11", UUID));
	CHECK(allows("win11", "win11") && !allows("win11", "win110") && !allows("win11", "Win11"));
	CHECK(allows("web-*, !web-test", "web-1") && !allows("web-*, !web-test", "web-test"));
	CHECK(!allows("!web-test", "web-test") && allows("!web-test", "db"));
	CHECK(!allows("web-*", "db") && allows("web-* db", "db"));
	CHECK(allows("build?box", "build box") && allows("[a-c]*", "b") &&
	      allows("b\xc3\xbcro", "b\xc3\xbcro"));
	CHECK(allows("uuid:" UUID, "x") && allows("uuid:6F1C2F4E-0000-4000-8000-0123456789AB", "x"));
	CHECK(!allows("!uuid:" UUID, "x"));
	CHECK(!allows("uuid:00000000-0000-4000-8000-0123456789ab", "x"));
	/* A name is no UUID, and a UUID is no pattern. */
	CHECK(!allows(UUID, "x"));
}

static void test_what_fits_no_domain_is_refused(void)
{
	static const char *const bad[] = { "!",	     "!!x",	      "a/b",   "uuid:",
					   "uuid:*", "uuid:6f1c2f4e", "x\x01", "x, !" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct pattern_list allow = { 0 };
		struct error err = { 0 };

		CHECK(wish_parse_allow("allow", bad[i], &allow, &err) == -1);
		CHECK(strstr(err.msg, " fits no domain; write names with * and ?, or uuid:UUID"));
		pattern_list_clear(&allow);
	}
}

static void test_a_list_has_words_and_an_end(void)
{
	struct pattern_list allow = { 0 };
	struct error err = { 0 };
	char many[256] = "";

	CHECK(wish_parse_allow("allow", " , ", &allow, &err) == -1);
	CHECK_STR(err.msg, "allow =  ,  holds nothing; write a value or delete the line");
	for (int i = 0; i < 65; i++)
		strcat(many, "a ");
	CHECK(wish_parse_allow("allow", many, &allow, &err) == -1);
	CHECK_STR(err.msg, "allow has more than 64 patterns; use * in them");
	pattern_list_clear(&allow);
}

int main(void)
{
	RUN(test_each_word_is_kept_and_written);
	RUN(test_one_value_can_be_asked_for);
	RUN(test_other_values_are_refused_with_what_to_write);
	RUN(test_another_key_is_not_one);
	RUN(test_what_cannot_be_is_refused);
	RUN(test_who_stands_below_narrows_and_never_widens);
	RUN(test_contradictions_name_both);
	RUN(test_patterns_admit_domains);
	RUN(test_what_fits_no_domain_is_refused);
	RUN(test_a_list_has_words_and_an_end);
	return 0;
}
