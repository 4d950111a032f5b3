/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/json/fields.c model/lease/lease_text.c model/lease/cleaning.c model/lease/lease_json.c model/lease/lease.c model/pci/topology.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/name.c model/lease/placeholder.c model/pci/address.c base/error.c model/lease/options.c model/lease/vf_net.c model/pci/setting.c */
/* libs: json-c */
#include "model/lease/lease_json.h"
#include "model/lease/lease_text.h"
#include "test.h"

static struct lease example(void)
{
	struct lease lease = { .uuid = "11111111-2222-3333-4444-555555555555",
			       .domain = "win 11 \xc3\xa4",
			       .boot_id = "66666666-7777-8888-9999-000000000000",
			       .daemon = { 1234, 567890 },
			       .state = LEASE_QUARANTINED,
			       .since = 1795232848,
			       .since_boottime_ms = 8123456,
			       .note = strdup("0000:3b:00.0 cannot be returned: /dev/vfio/14 is open"),
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

	CHECK(lease_add_grant(&lease, &grant, NULL) == 0);
	CHECK(lease_add_member(&lease, &member, NULL) == 0);
	member.previous_unknown = true;
	CHECK(lease_add_member(&lease, &member, NULL) == 0);
	CHECK(lease_add_hostdev(&lease, &(struct lease_hostdev){ { .bus = 3 }, 7 }, NULL) == 0);
	return lease;
}

static void check_same(const struct lease *lease, const struct lease *other)
{
	char *text = lease_to_text(lease), *again = lease_to_text(other);

	CHECK_STR(again, text);
	free(text);
	free(again);
}

static void check_is_read(const struct lease *lease)
{
	char *text = lease_to_text(lease);
	struct lease back = { 0 };

	CHECK(lease_text_read(text, strlen(text), &back));
	check_same(lease, &back);
	lease_clear(&back);
	free(text);
}

static void test_what_pcitag_writes_is_read_without_a_parser(void)
{
	struct lease lease = example(), empty = { .state = LEASE_BOUND };

	check_is_read(&lease);
	lease.grants[0].after_use = AFTER_HOLD;
	CHECK(pci_resets_parse("bus flr", &lease.members[0].resets) == 0);
	CHECK(pci_resets_parse("flr pm bus", &lease.members[0].previous_resets) == 0);
	check_is_read(&lease);
	lease.members[0].errors = (struct pci_errors){ UINT32_MAX, 2 };
	check_is_read(&lease);
	lease.members[0].resets = 0;
	check_is_read(&lease);
	strcpy(empty.uuid, lease.uuid);
	check_is_read(&empty);
	lease_clear(&lease);
}

/* A tab in front is JSON, too, but not as pcitag writes it. */
static int parse(const char *text, struct lease *out)
{
	char *behind_tab = malloc(strlen(text) + 2);
	int rc;

	sprintf(behind_tab, "\t%s", text);
	CHECK(!lease_text_read(behind_tab, strlen(behind_tab), out));
	rc = lease_from_json(behind_tab, strlen(behind_tab), out, NULL);
	free(behind_tab);
	return rc;
}

/* What is read without the parser is what the parser would have read. Returns whether it is. */
static bool agrees(const char *text)
{
	struct lease lease = { 0 }, parsed = { 0 };

	if (!lease_text_read(text, strlen(text), &lease))
		return false;
	CHECK(parse(text, &parsed) == 0);
	check_same(&parsed, &lease);
	lease_clear(&lease);
	lease_clear(&parsed);
	return true;
}

static void test_any_other_character_is_read_as_the_parser_reads_it(void)
{
	static const char others[] = "\"\\/0 9a.,{}[]:n\n\t\x01\xff-";
	struct lease lease = example();
	char *text = lease_to_text(&lease);
	size_t read = 0, refused = 0;

	for (char *c = text; *c; c++) {
		char was = *c;

		for (const char *other = others; *other; other++) {
			*c = *other;
			if (agrees(text))
				read++;
			else
				refused++;
		}
		*c = was;
	}
	CHECK(read > 100 && refused > 100);
	free(text);
	lease_clear(&lease);
}

static void test_a_text_cut_off_anywhere_is_not_read(void)
{
	struct lease lease = example(), back = { 0 };
	char *text = lease_to_text(&lease);

	for (size_t len = 0; len < strlen(text); len++)
		CHECK(!lease_text_read(text, len, &back));
	CHECK(back.grants == NULL && back.members == NULL && back.drivers == NULL);
	free(text);
	lease_clear(&lease);
}

/* Reads the example with @from replaced by @to. */
static bool is_read(const char *from, const char *to)
{
	struct lease lease = example(), back = { 0 };
	char *text = lease_to_text(&lease), changed[4096], *at = strstr(text, from);
	bool read;

	CHECK(at != NULL);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	read = lease_text_read(changed, strlen(changed), &back);
	free(text);
	lease_clear(&lease);
	lease_clear(&back);
	return read;
}

static void test_what_needs_judgement_is_left_to_the_parser(void)
{
	CHECK(is_read("\"version\"", "\"version\""));
	CHECK(!is_read("\"version\":1", "\"version\":2"));
	CHECK(!is_read("win 11", "win \\u0031"));
	CHECK(!is_read("\"owner\":\"vm\"", "\"owner\":\"..\""));
	CHECK(!is_read("\"owner\":\"vm\"", "\"owner\":\"device\""));
	CHECK(!is_read("\"vfio-pci\"", "\"..\""));
	CHECK(!is_read("\"vfio-pci\"", "\"a\\/b\""));
	CHECK(!is_read("1795232848", "9999999999999999999"));
	CHECK(!is_read("1795232848", "1e3"));
	CHECK(!is_read("1795232848", "-1"));
	CHECK(!is_read("\"daemon_pid\":1234", "\"daemon_pid\":4294967296"));
}

static void test_options_are_read_where_they_are(void)
{
	struct lease lease = example();

	strcpy(lease.grants[0].options.text, "bootindex=1,romfile=x.rom");
	check_is_read(&lease);
	lease_clear(&lease);
}

static void test_options_that_are_none_are_left_to_the_parser(void)
{
	struct lease lease = example(), back = { 0 };
	char *text;

	strcpy(lease.grants[0].options.text, "romfile=../x");
	text = lease_to_text(&lease);
	CHECK(!lease_text_read(text, strlen(text), &back));
	free(text);
	lease_clear(&lease);
}

int main(void)
{
	RUN(test_what_pcitag_writes_is_read_without_a_parser);
	RUN(test_any_other_character_is_read_as_the_parser_reads_it);
	RUN(test_a_text_cut_off_anywhere_is_not_read);
	RUN(test_what_needs_judgement_is_left_to_the_parser);
	RUN(test_options_are_read_where_they_are);
	RUN(test_options_that_are_none_are_left_to_the_parser);
	return 0;
}
