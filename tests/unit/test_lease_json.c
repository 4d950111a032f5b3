/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/json/fields.c model/lease/cleaning.c model/lease/lease_json.c model/lease/lease.c model/pci/topology.c model/lease/name.c model/lease/placeholder.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/lease_text.c model/pci/address.c base/error.c model/lease/options.c model/lease/vf_net.c model/pci/setting.c */
/* libs: json-c */
#include <json-c/json.h>

#include "model/lease/lease_json.h"
#include "test.h"

static struct lease example(void)
{
	struct lease lease = { .uuid = "11111111-2222-3333-4444-555555555555",
			       .domain = "a \"quoted\" name",
			       .boot_id = "66666666-7777-8888-9999-000000000000",
			       .daemon = { 1234, 567890 },
			       .state = LEASE_BOUND,
			       .since = 1795232848,
			       .since_boottime_ms = 8123456,
			       .drivers = strdup("nvme/e1000e") };
	struct lease_grant grant = { .request = { "vm", "gpu.1", "gpu", 1 },
				     .model = "RTX",
				     .type = "gpu",
				     .addr = { .domain = 0x10000, .bus = 0x3b },
				     .functions = 0x03,
				     .group = 14,
				     .way = GRANT_ATTACHED };
	struct lease_member member = { .addr = { .domain = 0x10000, .bus = 0x3b, .function = 1 },
				       .id = { 0x10de, 0x1aef, 0x10de, 0x147d, 0x040300 },
				       .group = 14,
				       .role = MEMBER_HELD,
				       .driver = "vfio-pci",
				       .previous_driver = "snd_hda_intel" };
	struct error err;

	CHECK(lease_add_grant(&lease, &grant, &err) == 0);
	CHECK(lease_add_member(&lease, &member, &err) == 0);
	member.previous_unknown = true;
	CHECK(lease_add_member(&lease, &member, &err) == 0);
	CHECK(lease_add_hostdev(&lease, &(struct lease_hostdev){ { .bus = 3 }, 7 }, &err) == 0);
	return lease;
}

static char *written(const struct lease *lease)
{
	struct json_object *object = lease_to_json(lease);
	char *text = strdup(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));

	json_object_put(object);
	return text;
}

static void test_a_lease_survives_being_written_and_read(void)
{
	struct lease lease = example(), back = { 0 };
	char *text = written(&lease), *again;
	struct error err;

	CHECK(lease_from_json(text, strlen(text), &back, &err) == 0);
	again = written(&back);
	CHECK_STR(again, text);
	CHECK_STR(back.domain, "a \"quoted\" name");
	CHECK(back.since == 1795232848 && back.since_boottime_ms == 8123456);
	CHECK_STR(back.drivers, "nvme/e1000e");
	CHECK(back.grants[0].functions == 0x03 && back.grants[0].request.index == 1);
	CHECK(pci_identity_equal(&back.members[0].id, &lease.members[0].id));
	CHECK_STR(back.members[0].previous_override, "");
	CHECK(!back.members[0].previous_unknown && back.members[1].previous_unknown);
	CHECK(back.grants[0].way == GRANT_ATTACHED);
	CHECK(back.hostdev_count == 1 && back.hostdevs[0].addr.bus == 3 && back.hostdevs[0].group == 7);
	free(text);
	free(again);
	lease_clear(&lease);
	lease_clear(&back);
}

static void test_a_setting_is_kept_and_makes_it_a_lease_that_earlier_versions_leave_alone(void)
{
	struct lease lease = example(), back = { 0 };
	struct error err;
	char *text;

	lease.members[1].setting = (struct pci_setting){ PCI_ATTRIBUTE_VGPU_TYPE, 533 };
	text = written(&lease);
	CHECK(strstr(text, "\"version\":3") && strstr(text, "\"set\":\"nvidia\\/current_vgpu_type=533\""));
	CHECK(lease_from_json(text, strlen(text), &back, &err) == 0);
	CHECK(back.members[0].setting.attribute == PCI_ATTRIBUTE_NONE);
	CHECK(back.members[1].setting.attribute == PCI_ATTRIBUTE_VGPU_TYPE &&
	      back.members[1].setting.value == 533);
	lease_clear(&back);
	/* It becomes a path below the function. */
	memcpy(strstr(text, "nvidia"), "remove", 6);
	CHECK(lease_from_json(text, strlen(text), &back, &err) < 0);
	CHECK(strstr(err.msg, "set"));
	free(text);
	lease_clear(&lease);
}

static void test_a_request_without_a_device_is_kept_and_makes_it_a_lease_that_earlier_versions_leave_alone(
	void)
{
	struct lease lease = { .uuid = "11111111-2222-3333-4444-555555555555",
			       .domain = "vm",
			       .boot_id = "b" };
	struct lease back = { 0 };
	struct error err;
	char *text, *again;

	CHECK(lease_add_without(&lease, &(struct request){ "vm", "gpu.1", "gpu", 1 }, &err) == 0);
	text = written(&lease);
	CHECK(strstr(text, "\"version\":4") && strstr(text, "\"grants\":[]") &&
	      strstr(text, "\"without\":[{\"owner\":\"vm\",\"request\":\"gpu.1\"}]"));
	CHECK(lease_from_json(text, strlen(text), &back, &err) == 0);
	CHECK(back.without_count == 1 && back.withouts[0].index == 1);
	CHECK_STR(back.withouts[0].name, "gpu");
	again = written(&back);
	CHECK_STR(again, text);
	free(again);
	lease_clear(&back);
	/* Both become parts of a path. */
	memcpy(strstr(text, "\"vm\",\"request"), "\"..", 3);
	CHECK(lease_from_json(text, strlen(text), &back, &err) < 0);
	CHECK_STR(err.msg, "without[0]: field \"owner\" is missing or wrong");
	memcpy(strstr(text, "\"..\",\"request"), "\"vm", 3);
	memcpy(strstr(text, "gpu.1"), "gpu/1", 5);
	CHECK(lease_from_json(text, strlen(text), &back, &err) < 0);
	CHECK_STR(err.msg, "without[0]: field \"request\" is missing or wrong");
	free(text);
	lease_drop_withouts(&lease);
	CHECK(lease_is_empty(&lease));
	text = written(&lease);
	CHECK(strstr(text, "\"version\":1") && !strstr(text, "without"));
	free(text);
	lease_clear(&lease);
}

static void test_units_are_kept_and_make_it_a_lease_that_earlier_versions_leave_alone(void)
{
	struct lease lease = example(), back = { 0 };
	char *plain = written(&lease), *text, *again;
	struct error err;

	CHECK(strstr(plain, "\"version\":1,") && !strstr(plain, "units"));
	CHECK(lease_add_unit(&lease, &(struct lease_unit){ "gdm.service", UNIT_STOPPED, 14 }, &err) == 0);
	CHECK(lease_add_unit(&lease, &(struct lease_unit){ "f@0000:01:00.0.service", UNIT_STARTED, 15 },
			     &err) == 0);
	text = written(&lease);
	CHECK(strstr(text, "\"version\":2,"));
	CHECK(strstr(text, ",\"units\":[{\"unit\":\"gdm.service\",\"action\":\"stopped\",\"group\":14},"));
	CHECK(lease_from_json(text, strlen(text), &back, &err) == 0);
	CHECK(back.unit_count == 2 && back.units[1].action == UNIT_STARTED && back.units[1].group == 15);
	CHECK_STR(back.units[1].name, "f@0000:01:00.0.service");
	again = written(&back);
	CHECK_STR(again, text);
	free(plain);
	free(text);
	free(again);
	lease_clear(&lease);
	lease_clear(&back);
}

static void refuse_unit(const char *unit, const char *action, const char *field)
{
	struct lease lease = example(), back = { 0 };
	char *plain = written(&lease), text[4096], expected[128];
	struct error err;

	plain[strlen(plain) - 1] = '\0';
	snprintf(text, sizeof(text), "%s,\"units\":[{\"unit\":\"%s\",\"action\":\"%s\",\"group\":1}]}", plain,
		 unit, action);
	CHECK(lease_from_json(text, strlen(text), &back, &err) < 0);
	snprintf(expected, sizeof(expected), "units[0]: field \"%s\" is missing or wrong", field);
	CHECK_STR(err.msg, expected);
	free(plain);
	lease_clear(&lease);
}

static void test_units_are_names_of_units(void)
{
	refuse_unit("gdm", "stopped", "unit");
	refuse_unit("../gdm.service", "stopped", "unit");
	refuse_unit("f@.service", "started", "unit");
	refuse_unit("gdm.service", "masked", "action");
}

static void add_net(struct lease *lease, const char *set, const char *before)
{
	struct lease_net net = { .addr = { .domain = 0x10000, .bus = 0x3b, .function = 1 }, .group = 14 };
	struct error err;

	CHECK(vf_net_parse(set, &net.set) == 0 && vf_net_parse(before, &net.before) == 0);
	CHECK(lease_add_net(lease, &net, &err) == 0);
}

static void test_settings_are_kept_and_make_it_a_lease_that_earlier_versions_leave_alone(void)
{
	struct lease lease = example(), back = { 0 };
	char *plain = written(&lease), *text, *again, part[VF_NET_LEN];
	struct error err;

	CHECK(!strstr(plain, "nets"));
	CHECK(lease_add_unit(&lease, &(struct lease_unit){ "gdm.service", UNIT_STOPPED, 14 }, &err) == 0);
	add_net(&lease, "mac=52:54:00:12:34:56,vlan=10:5", "mac=00:00:00:00:00:00,vlan=0");
	text = written(&lease);
	CHECK(strstr(text, "\"version\":3,"));
	CHECK(strstr(text,
		     ",\"nets\":[{\"address\":\"10000:3b:00.1\",\"group\":14,\"set\":\"mac=52:54:00:12:34:56,"
		     "vlan=10:5\",\"before\":\"mac=00:00:00:00:00:00,vlan=0\"}]"));
	CHECK(lease_from_json(text, strlen(text), &back, &err) == 0);
	CHECK(back.net_count == 1 && back.nets[0].group == 14 && back.nets[0].addr.function == 1);
	CHECK_STR(vf_net_text(&back.nets[0].set, part), "mac=52:54:00:12:34:56,vlan=10:5");
	again = written(&back);
	CHECK_STR(again, text);
	free(plain);
	free(text);
	free(again);
	lease_clear(&lease);
	lease_clear(&back);
}

static void refuse_net(const char *address, const char *set, const char *before, const char *field)
{
	struct lease lease = example(), back = { 0 };
	char *plain = written(&lease), text[4096], expected[128];
	struct error err;

	plain[strlen(plain) - 1] = '\0';
	snprintf(text, sizeof(text),
		 "%s,\"nets\":[{\"address\":\"%s\",\"group\":1,\"set\":\"%s\",\"before\":\"%s\"}]}", plain,
		 address, set, before);
	CHECK(lease_from_json(text, strlen(text), &back, &err) < 0);
	snprintf(expected, sizeof(expected), "nets[0]: field \"%s\" is missing or wrong", field);
	CHECK_STR(err.msg, expected);
	free(plain);
	lease_clear(&lease);
}

static void test_settings_are_such_that_can_be_put_back(void)
{
	refuse_net("3b:00", "vlan=1", "vlan=0", "address");
	refuse_net("0000:3b:00.0", "", "", "set");
	refuse_net("0000:3b:00.0", "vlan=4095", "vlan=0", "set");
	refuse_net("0000:3b:00.0", "mac=stable", "mac=00:00:00:00:00:00", "set");
	refuse_net("0000:3b:00.0", "vlan=1", "trust=on", "before");
	refuse_net("0000:3b:00.0", "vlan=1", "", "before");
	refuse_net("0000:3b:00.0", "mac=52:54:00:12:34:56", "mac=keep", "before");
}

static void test_a_lease_that_knows_the_wall_clock_only_began_long_ago(void)
{
	static const char field[] = ",\"since_boottime_ms\":8123456";
	struct lease lease = example(), back = { 0 };
	char *text = written(&lease), *stamp = strstr(text, field);
	struct error err;

	CHECK(stamp != NULL);
	memmove(stamp, stamp + strlen(field), strlen(stamp + strlen(field)) + 1);
	CHECK(lease_from_json(text, strlen(text), &back, &err) == 0);
	CHECK(back.since_boottime_ms == 0);
	free(text);
	lease_clear(&lease);
	lease_clear(&back);
}

static void test_a_lease_from_before_there_was_attaching_came_with_the_start(void)
{
	struct lease lease = example(), back = { 0 };
	char *text = written(&lease), *way = strstr(text, ",\"way\":\"attached\"");
	struct error err;

	CHECK(way != NULL);
	memmove(way, strchr(way, '}'), strlen(strchr(way, '}')) + 1);
	CHECK(lease_from_json(text, strlen(text), &back, &err) == 0);
	CHECK(back.grants[0].way == GRANT_STARTED && back.grants[0].group == 14);
	free(text);
	lease_clear(&lease);
	lease_clear(&back);
}

/* Reads the example with @from replaced by @to and returns why that is refused. */
static const char *refusal(const char *from, const char *to)
{
	static struct error err;
	struct lease lease = example(), back = { 0 };
	char *text = written(&lease), changed[4096], *at = strstr(text, from);

	CHECK(at != NULL);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	CHECK(lease_from_json(changed, strlen(changed), &back, &err) != 0);
	CHECK(back.grants == NULL && back.members == NULL);
	free(text);
	lease_clear(&lease);
	return err.msg;
}

static void test_what_becomes_of_a_device_is_written_only_when_it_is_kept(void)
{
	struct lease lease = example(), back = { 0 };
	struct error err;
	char *text = written(&lease);

	CHECK(!strstr(text, "after_use"));
	free(text);
	lease.grants[0].after_use = AFTER_HOLD;
	text = written(&lease);
	CHECK(strstr(text, "\"after_use\":\"hold\"") != NULL);
	CHECK(lease_from_json(text, strlen(text), &back, &err) == 0);
	CHECK(back.grants[0].after_use == AFTER_HOLD);
	free(text);
	lease_clear(&back);
	lease_clear(&lease);
}

/* Reads what was written of @lease, and makes sure that it is written in the same way again. */
static void reread(const struct lease *lease, struct lease *out)
{
	char *text = lease_to_text(lease), *again;
	struct error err = { 0 };

	CHECK(lease_from_json(text, strlen(text), out, &err) == 0);
	again = lease_to_text(out);
	CHECK_STR(again, text);
	free(again);
	free(text);
}

static void test_a_serial_number_is_part_of_what_a_card_is(void)
{
	struct lease lease = example(), read;

	strcpy(lease.members[0].serial.dsn, "1122334455667788");
	reread(&lease, &read);
	CHECK_STR(read.members[0].serial.dsn, "1122334455667788");
	CHECK_STR(read.members[0].serial.nvme, "");
	lease_clear(&read);
	strcpy(lease.members[0].serial.nvme, "S4CN NX 0M");
	reread(&lease, &read);
	CHECK_STR(read.members[0].serial.nvme, "S4CN NX 0M");
	lease_clear(&read);
	lease_clear(&lease);
}

static void test_how_far_a_cleaning_is_survives(void)
{
	struct lease lease = example(), read;
	char *text;

	text = lease_to_text(&lease);
	CHECK(!strstr(text, "cleaning") && !strstr(text, "serial"));
	free(text);
	CHECK(lease_set_cleaning(&lease, CLEANING_RUNS, "2026-11-30 13:00", "a-boot", "", NULL) == 0);
	reread(&lease, &read);
	CHECK(read.cleaning->state == CLEANING_RUNS);
	CHECK_STR(read.cleaning->boot_id, "a-boot");
	lease_clear(&read);
	CHECK(lease_set_cleaning(&lease, CLEANING_FAILED, "2026-11-30 13:00", "a-boot",
				 "x.service: exit code 1", NULL) == 0);
	reread(&lease, &read);
	CHECK_STR(read.cleaning->why, "x.service: exit code 1");
	CHECK_STR(read.cleaning->boot_id, "");
	lease_drop_cleaning(&read);
	CHECK(!read.cleaning);
	lease_clear(&read);
	lease_clear(&lease);
}

static void test_what_is_wrong_is_named(void)
{
	CHECK_STR(refusal("\"version\":1", "\"version\":5"),
		  "it has version 5, written by a newer pcitag; this one knows 4");
	CHECK_STR(refusal("\"version\":1", "\"version\":\"1\""), "field \"version\" is missing or wrong");
	CHECK_STR(refusal("\"state\":\"bound\"", "\"state\":\"lost\""),
		  "field \"state\" is missing or wrong");
	CHECK_STR(refusal("\"owner\":\"vm\"", "\"owner\":\"..\""),
		  "grants[0]: field \"owner\" is missing or wrong");
	CHECK_STR(refusal("\"owner\":\"vm\"", "\"owner\":\"device\""),
		  "grants[0]: field \"owner\" is missing or wrong");
	CHECK_STR(refusal("gpu.1", "gpu/1"), "grants[0]: field \"request\" is missing or wrong");
	CHECK_STR(refusal("\"attached\"", "\"plugged\""), "grants[0]: field \"way\" is missing or wrong");
	CHECK_STR(refusal("\"attached\"", "null"), "grants[0]: field \"way\" is missing or wrong");
	CHECK_STR(refusal("10000:3b:00.0+1", "10000:3b:00.0+9"),
		  "grants[0]: field \"device\" is missing or wrong");
	CHECK_STR(refusal("10000:3b:00.1", "10000:3b:00.9"),
		  "members[0]: field \"address\" is missing or wrong");
	CHECK_STR(refusal("\"class\":\"040300\"", "\"class\":\"0403\""),
		  "members[0]: field \"class\" is missing or wrong");
	CHECK_STR(refusal("\"held\"", "\"kept\""), "members[0]: field \"role\" is missing or wrong");
	CHECK_STR(refusal("\"group\":14,\"role\"", "\"group\":-1,\"role\""),
		  "members[0]: field \"group\" is missing or wrong");
	CHECK_STR(refusal("\"members\":[{", "\"members\":[1,{"), "field \"members\" is missing or wrong");
}

static void test_what_becomes_a_path_is_one_component_of_it(void)
{
	static const char *const drivers[] = { "..", ".", "../../../etc", "a/b", "a\\nb", "a\\u001bb" };
	char field[64];

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		snprintf(field, sizeof(field), "\"driver\":\"%s\"", drivers[i]);
		CHECK_STR(refusal("\"driver\":\"vfio-pci\"", field),
			  "members[0]: field \"driver\" is missing or wrong");
		snprintf(field, sizeof(field), "\"previous_driver\":\"%s\"", drivers[i]);
		CHECK_STR(refusal("\"previous_driver\":\"snd_hda_intel\"", field),
			  "members[0]: field \"previous_driver\" is missing or wrong");
		snprintf(field, sizeof(field), "\"previous_override\":\"%s\"", drivers[i]);
		CHECK_STR(refusal("\"previous_override\":null", field),
			  "members[0]: field \"previous_override\" is missing or wrong");
	}
	CHECK_STR(refusal("\"11111111-2222-3333-4444-555555555555\"", "null"),
		  "field \"uuid\" is missing or wrong");
	CHECK_STR(refusal("11111111-2222-3333-4444-555555555555", "../../../../../../etc/shadow"),
		  "field \"uuid\" is missing or wrong");
	CHECK_STR(refusal("11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-55555555555A"),
		  "field \"uuid\" is missing or wrong");
}

static void test_a_text_cut_off_anywhere_is_refused(void)
{
	struct lease lease = example(), back = { 0 };
	char *text = written(&lease);
	struct error err;

	for (size_t len = 0; len < strlen(text); len++)
		CHECK(lease_from_json(text, len, &back, &err) == -1);
	CHECK(back.grants == NULL && back.members == NULL);
	free(text);
	lease_clear(&lease);
}

static void test_an_overlong_text_in_a_field_is_refused(void)
{
	char name[300];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK_STR(refusal("a \\\"quoted\\\" name", name), "field \"domain\" is missing or wrong");
}

static void test_what_is_back_is_struck_off(void)
{
	struct lease lease = example();

	lease_drop_member(&lease, 0);
	lease_drop_ended_grants(&lease);
	CHECK(lease.grant_count == 1 && lease.member_count == 1 && lease.members[0].previous_unknown);
	lease_drop_member(&lease, 0);
	CHECK(!lease_holds_group(&lease, 14));
	lease_drop_ended_grants(&lease);
	CHECK(lease.grant_count == 0 && lease.member_count == 0);
	lease_clear(&lease);
}

/* A lease without them has the bytes that it always had. */
static void test_options_are_written_when_there_are_some(void)
{
	struct lease lease = example(), back = { 0 };
	char *text = written(&lease), *more;
	struct error err;

	CHECK(!strstr(text, "options"));
	strcpy(lease.grants[0].options.text, "bootindex=1,romfile=x.rom");
	more = written(&lease);
	CHECK(strstr(more, "\"way\":\"attached\",\"options\":\"bootindex=1,romfile=x.rom\"}"));
	CHECK(lease_from_json(more, strlen(more), &back, &err) == 0);
	CHECK_STR(back.grants[0].options.text, "bootindex=1,romfile=x.rom");
	free(text);
	free(more);
	lease_clear(&lease);
	lease_clear(&back);
}

static void test_options_that_are_none_are_refused(void)
{
	static const char *const bad[] = { "romfile=../x", "host=1", "rombar=off", "rombar=0,bootindex=1" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct lease lease = example(), back = { 0 };
		struct error err;
		char *text;

		strcpy(lease.grants[0].options.text, bad[i]);
		text = written(&lease);
		CHECK(lease_from_json(text, strlen(text), &back, &err) == -1);
		CHECK_STR(err.msg, "grants[0]: field \"options\" is missing or wrong");
		free(text);
		lease_clear(&lease);
	}
}

int main(void)
{
	RUN(test_a_lease_survives_being_written_and_read);
	RUN(test_a_setting_is_kept_and_makes_it_a_lease_that_earlier_versions_leave_alone);
	RUN(test_a_request_without_a_device_is_kept_and_makes_it_a_lease_that_earlier_versions_leave_alone);
	RUN(test_units_are_kept_and_make_it_a_lease_that_earlier_versions_leave_alone);
	RUN(test_units_are_names_of_units);
	RUN(test_settings_are_kept_and_make_it_a_lease_that_earlier_versions_leave_alone);
	RUN(test_settings_are_such_that_can_be_put_back);
	RUN(test_a_lease_that_knows_the_wall_clock_only_began_long_ago);
	RUN(test_a_lease_from_before_there_was_attaching_came_with_the_start);
	RUN(test_what_becomes_of_a_device_is_written_only_when_it_is_kept);
	RUN(test_a_serial_number_is_part_of_what_a_card_is);
	RUN(test_how_far_a_cleaning_is_survives);
	RUN(test_what_is_wrong_is_named);
	RUN(test_what_becomes_a_path_is_one_component_of_it);
	RUN(test_a_text_cut_off_anywhere_is_refused);
	RUN(test_an_overlong_text_in_a_field_is_refused);
	RUN(test_what_is_back_is_struck_off);
	RUN(test_options_are_written_when_there_are_some);
	RUN(test_options_that_are_none_are_refused);
	return 0;
}
