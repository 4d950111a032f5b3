/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/lease/domain.c model/lease/name.c base/error.c model/lease/options.c model/lease/vf_net.c */
#include "model/lease/domain.h"
#include "test.h"

#define UUID "6f1c2f4e-0d0b-4b7c-9b5b-3a2d6f2f6a01"

static const char *owner_of(const char *name)
{
	static char owner[NAME_LEN];

	owner_of_domain(name, UUID, owner);
	CHECK(owner_valid(owner));
	return owner;
}

static void test_a_legal_name_is_the_owner(void)
{
	CHECK_STR(owner_of("win11"), "win11");
	CHECK_STR(owner_of("Build_7-b"), "Build_7-b");
}

static void test_another_name_is_made_legal_and_told_apart_by_the_uuid(void)
{
	char twin[NAME_LEN];

	CHECK_STR(owner_of("win 11"), "win_11-6f1c2f4e");
	CHECK_STR(owner_of("a/../b"), "a____b-6f1c2f4e");
	CHECK_STR(owner_of("d\xc3\xa9"), "d__-6f1c2f4e");
	owner_of_domain("win_11", UUID, twin);
	CHECK_STR(twin, "win_11");
}

static void test_the_reserved_name_is_not_taken(void)
{
	CHECK(!owner_valid("device"));
	CHECK_STR(owner_of("device"), "device-6f1c2f4e");
}

static void test_a_long_name_is_cut(void)
{
	CHECK_STR(owner_of("012345678901234567890123456789012345678901234567"),
		  "012345678901234567890123456789012345678901234567");
	CHECK_STR(owner_of("0123456789012345678901234567890123456789012345678"),
		  "012345678901234567890123456789012345678-6f1c2f4e");
}

int main(void)
{
	RUN(test_a_legal_name_is_the_owner);
	RUN(test_another_name_is_made_legal_and_told_apart_by_the_uuid);
	RUN(test_the_reserved_name_is_not_taken);
	RUN(test_a_long_name_is_cut);
	return 0;
}
