/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/units/unit_name.c */
#include "model/units/unit_name.h"
#include "test.h"

static void test_names_are_valid_as_systemd_says(void)
{
	char longest[UNIT_NAME_LEN + 1];

	CHECK(unit_name_kind("display-manager.service") == UNIT_NAME_PLAIN);
	CHECK(unit_name_kind("dev-disk-by\\x2dlabel-a.swap") == UNIT_NAME_PLAIN);
	CHECK(unit_name_kind("a.b_c:d.socket") == UNIT_NAME_PLAIN);
	CHECK(unit_name_kind("getty@tty1.service") == UNIT_NAME_INSTANCE);
	CHECK(unit_name_kind("a@b@c.service") == UNIT_NAME_INSTANCE);
	CHECK(unit_name_kind("pcitag-fabric@.service") == UNIT_NAME_TEMPLATE);
	memset(longest, 'a', sizeof(longest));
	strcpy(longest + 255 - strlen(".service"), ".service");
	CHECK(unit_name_kind(longest) == UNIT_NAME_PLAIN);
	memset(longest, 'a', sizeof(longest));
	strcpy(longest + 256 - strlen(".service"), ".service");
	CHECK(unit_name_kind(longest) == UNIT_NAME_INVALID);
}

static void test_other_names_are_not(void)
{
	static const char *const names[] = { "", "gdm", ".service", "@.service", "@a.service", "a.servic",
					     "a.service ", "a/b.service", "a b.service", "a\nb.service",
					     "\xc3\xa9.service", "a*.service",
					     /* These cannot be stopped and started again. */
					     "dev-dri-card0.device", "session-2.scope", "user.slice" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		CHECK(unit_name_kind(names[i]) == UNIT_NAME_INVALID);
}

static void test_a_template_gets_its_instance(void)
{
	char out[UNIT_NAME_LEN], longest[UNIT_NAME_LEN];

	CHECK(unit_name_instantiate("pcitag-fabric@.service", "0000:01:00.0", out));
	CHECK_STR(out, "pcitag-fabric@0000:01:00.0.service");
	CHECK(unit_name_instantiate("fabric.service", "0000:01:00.0", out));
	CHECK_STR(out, "fabric.service");
	CHECK(unit_name_instantiate("fabric@a.service", "0000:01:00.0", out));
	CHECK_STR(out, "fabric@a.service");
	memset(longest, 'a', sizeof(longest));
	strcpy(longest + 255 - strlen("@.service"), "@.service");
	CHECK(!unit_name_instantiate(longest, "0000:01:00.0", out));
	CHECK_STR(out, "");
}

static void test_the_unit_of_a_control_group(void)
{
	static const struct {
		const char *path, *unit;
	} groups[] = {
		{ "/system.slice/gdm.service", "gdm.service" },
		{ "/system.slice/gdm.service/worker", "gdm.service" },
		{ "/gpu.slice/gpu-tools.slice/persistenced.service", "persistenced.service" },
		{ "/init.scope", "init.scope" },
		{ "/user.slice/user-1000.slice/session-2.scope", "session-2.scope" },
		{ "/system.slice/_cpu.service", "cpu.service" },
		/* What a user's manager has made below it is not a unit of the system. */
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/display-manager.service",
		  "user@1000.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/system.slice/gdm.service",
		  "user@1000.service" },
		{ "/", "" },
		{ "", "" },
		{ "/system.slice", "" },
		{ "/system.slice/", "" },
		{ "/system.slice/_", "" },
		{ "system.slice/gdm.service", "" },
	};
	char out[UNIT_NAME_LEN];

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		CHECK(unit_name_of_cgroup(groups[i].path, out) == (groups[i].unit[0] != '\0'));
		CHECK_STR(out, groups[i].unit);
	}
}

static void test_the_session_of_a_scope(void)
{
	size_t len = 0;
	const char *session = unit_name_between("session-c12.scope", "session-", ".scope", &len);

	CHECK(session && len == 3 && strncmp(session, "c12", len) == 0);
	CHECK(!unit_name_between("session-.scope", "session-", ".scope", &len));
	CHECK(!unit_name_between("session-2.scopes", "session-", ".scope", &len));
	CHECK(!unit_name_between("run-2.scope", "session-", ".scope", &len));
	CHECK(unit_name_is_session("session-c12.scope"));
	CHECK(!unit_name_is_session("session-.scope"));
	CHECK(!unit_name_is_session("session-1/2.scope"));
	CHECK(!unit_name_is_session("session-2.service"));
}

int main(void)
{
	RUN(test_names_are_valid_as_systemd_says);
	RUN(test_other_names_are_not);
	RUN(test_a_template_gets_its_instance);
	RUN(test_the_unit_of_a_control_group);
	RUN(test_the_session_of_a_scope);
	return 0;
}
