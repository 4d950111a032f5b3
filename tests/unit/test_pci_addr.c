/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/address.c model/lease/placeholder.c base/error.c model/lease/name.c model/lease/options.c */
#include "model/lease/placeholder.h"
#include "model/pci/address.h"
#include "test.h"

static struct pci_addr addr(const char *text)
{
	struct pci_addr out;

	CHECK(pci_addr_parse(text, &out) == 0);
	return out;
}

static void test_addresses_are_written_as_sysfs_writes_them(void)
{
	static const char *const pairs[][2] = {
		{ "0000:02:00.0", "0000:02:00.0" },	    { "02:00.0", "0000:02:00.0" },
		{ "0000:AF:1F.7", "0000:af:1f.7" },	    { "10000:00:02.0", "10000:00:02.0" },
		{ "ffffffff:ff:1f.7", "ffffffff:ff:1f.7" },
	};
	char buf[PCI_ADDR_LEN];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct pci_addr a = addr(pairs[i][0]);

		CHECK_STR(pci_addr_format(&a, buf), pairs[i][1]);
	}
}

static void test_what_is_no_address_is_refused(void)
{
	static const char *const bad[] = {
		"",
		":",
		"0000:02:00",
		"0000:02:00.8",
		"0000:02:20.0",
		"0000:02:00.0 ",
		" 0000:02:00.0",
		"000:02:00.0",
		"123456789:02:00.0",
		"0000:2:00.0",
		"0000:02:0.0",
		"0000:02:00.*",
		"0000:02:00.00",
		"0000-02-00.0",
		"0000:02:00.0/../..",
		"0x00:02:00.0",
	};
	struct pci_addr out = { .domain = 7 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(pci_addr_parse(bad[i], &out) == 1);
	CHECK(out.domain == 7);
}

static void test_order_is_domain_bus_slot_function(void)
{
	static const char *const sorted[] = { "0000:00:1f.7", "0000:01:00.0", "0000:01:00.1",
					      "0000:01:01.0", "0001:00:00.0", "10000:00:00.0" };

	for (size_t i = 0; i + 1 < sizeof(sorted) / sizeof(sorted[0]); i++) {
		struct pci_addr a = addr(sorted[i]), b = addr(sorted[i + 1]);

		CHECK(pci_addr_compare(&a, &b) < 0);
		CHECK(pci_addr_compare(&b, &a) > 0);
		CHECK(pci_addr_equal(&a, &a));
	}
}

static void test_patterns_match_field_by_field(void)
{
	struct pci_addr a = addr("0000:3b:00.1");

	CHECK(pci_addr_pattern_match("0000:3b:00.*", &a));
	CHECK(pci_addr_pattern_match("3b:00.1", &a));
	CHECK(pci_addr_pattern_match("*:*:*.1", &a));
	CHECK(!pci_addr_pattern_match("0000:3b:00.0", &a));
	CHECK(!pci_addr_pattern_match("0001:3b:*.*", &a));
	CHECK(!pci_addr_pattern_valid("0000:3b:0*.0"));
	CHECK(!pci_addr_pattern_valid("0000:3b"));
	CHECK(!pci_addr_pattern_valid("*"));
}

static void test_the_middle_link_names_every_function_the_guest_gets(void)
{
	char buf[GRANT_LINK_LEN];
	struct pci_addr a = addr("0000:02:00.0"), back;
	uint8_t functions;

	CHECK_STR(grant_link_format(&a, 0x01, NULL, buf), "0000:02:00.0");
	CHECK_STR(grant_link_format(&a, 0x0b, NULL, buf), "0000:02:00.0+1+3");
	CHECK(grant_link_parse(buf, &back, &functions, NULL) == 0);
	CHECK(pci_addr_equal(&a, &back) && functions == 0x0b);
	a = addr("ffffffff:ff:1f.7");
	CHECK_STR(grant_link_format(&a, 0xff, NULL, buf), "ffffffff:ff:1f.7+0+1+2+3+4+5+6");
	CHECK(grant_link_parse(buf, &back, &functions, NULL) == 0 && functions == 0xff);
}

static void test_the_middle_link_tells_what_the_device_is_told(void)
{
	struct device_options options = { "bootindex=1,rombar=0,romfile=x.rom" }, read;
	struct pci_addr a = addr("0000:02:00.0"), back;
	char buf[GRANT_LINK_LEN];
	uint8_t functions;

	CHECK_STR(grant_link_format(&a, 0x03, &options, buf),
		  "0000:02:00.0+1,bootindex=1,rombar=0,romfile=x.rom");
	CHECK(grant_link_parse(buf, &back, &functions, &read) == 0);
	CHECK(pci_addr_equal(&a, &back) && functions == 0x03);
	CHECK_STR(read.text, options.text);
	/* Who expects none does not overlook some. */
	CHECK(grant_link_parse(buf, &back, &functions, NULL) == 1);
	options.text[0] = '\0';
	CHECK_STR(grant_link_format(&a, 0x01, &options, buf), "0000:02:00.0");
	CHECK(grant_link_parse(buf, &back, &functions, &read) == 0 && read.text[0] == '\0');
}

static void test_a_hostile_middle_link_is_no_link(void)
{
	static const char *const bad[] = {
		"",
		"+1",
		"0000:02:00.0+",
		"0000:02:00.0+8",
		"0000:02:00.0+1+1",
		"0000:02:00.0+3+1",
		"0000:02:00.0+0",
		"02:00.0",
		"0000:02:00.0+1,rom=x",
		"0000:02:00.0+1 ",
		"0000:02:00.0/..",
		"0000:02:00.0,",
		",rombar=0",
		"0000:02:00.0,rombar=0,",
		"0000:02:00.0,rombar=off",
		"0000:02:00.0,rombar=0+1",
		"0000:02:00.0,romfile=../x",
		"0000:02:00.0,romfile=x,rombar=0",
		"0000:02:00.0,x-vga=on,x-vga=on",
		"0000:02:00.0,host=0000:03:00.0",
		"0000:02:00.0,sysfsdev=x",
		"0000:02:00.0AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	struct device_options options;
	struct pci_addr a;
	uint8_t functions;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(grant_link_parse(bad[i], &a, &functions, &options) == 1);
}

static void test_a_name_longer_than_any_grant_is_none(void)
{
	char text[2 * GRANT_LINK_LEN] = "0000:02:00.0+1";
	struct pci_addr a;
	uint8_t functions;

	memset(text + strlen(text), 'x', sizeof(text) - strlen(text) - 1);
	CHECK(grant_link_parse(text, &a, &functions, NULL) == 1);
}

static void test_a_device_may_be_called_as_libvirt_calls_it(void)
{
	static const char *const same[] = { "0000:02:1f.7", "02:1f.7", "pci_0000_02_1f_7" };
	static const char *const bad[] = { "pci_",
					   "pci_02_1f_7",
					   "pci_0000_02_1f.7",
					   "pci_0000:02:1f.7",
					   "pci_0000_02_1f_8",
					   "pci_0000_02_1f_77",
					   "pci_0000_02_1f_",
					   "pci_000000000_02_1f_7",
					   "PCI_0000_02_1f_7",
					   "pci_0000_02_1f_*",
					   "pci_0000_0200_00_0_0",
					   "net_eth0",
					   "" };
	char text[PCI_NODEDEV_LEN], address[PCI_ADDR_LEN];
	struct pci_addr addr;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		CHECK(pci_addr_parse_any(same[i], &addr) == 0);
		CHECK_STR(pci_addr_format(&addr, address), "0000:02:1f.7");
		CHECK_STR(pci_addr_nodedev(&addr, text), "pci_0000_02_1f_7");
	}
	CHECK(pci_addr_parse_any("pci_10000_00_02_0", &addr) == 0);
	CHECK_STR(pci_addr_nodedev(&addr, text), "pci_10000_00_02_0");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(pci_addr_parse_any(bad[i], &addr) == 1);
}

int main(void)
{
	RUN(test_addresses_are_written_as_sysfs_writes_them);
	RUN(test_what_is_no_address_is_refused);
	RUN(test_a_device_may_be_called_as_libvirt_calls_it);
	RUN(test_order_is_domain_bus_slot_function);
	RUN(test_patterns_match_field_by_field);
	RUN(test_the_middle_link_names_every_function_the_guest_gets);
	RUN(test_the_middle_link_tells_what_the_device_is_told);
	RUN(test_a_hostile_middle_link_is_no_link);
	RUN(test_a_name_longer_than_any_grant_is_none);
	return 0;
}
