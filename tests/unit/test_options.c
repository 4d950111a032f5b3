/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/lease/options.c model/lease/name.c base/error.c */
#include <stdio.h>
#include <stdlib.h>

#include "model/lease/options.h"
#include "test.h"

static struct error err;

/* Sets "NAME=VALUE" words, separated by blanks. Returns the text, or the message. */
static const char *told(enum option_place place, const char *words)
{
	static struct device_options options;
	CLEANUP_FREE char *copy = strdup(words);

	options.text[0] = '\0';
	for (char *rest = copy, *word; (word = strsep(&rest, " "));) {
		if (device_options_set_text(&options, place, word, &err) < 0)
			return err.msg;
	}
	return options.text;
}

static const char *domain_told(const char *words)
{
	return told(OPTION_OF_DOMAIN, words);
}

static void test_the_text_has_one_order_and_one_form_of_each_value(void)
{
	CHECK_STR(domain_told("x-vga=yes romfile=x.rom rombar=off bootindex=1"),
		  "bootindex=1,rombar=0,romfile=x.rom,x-vga=on");
	CHECK_STR(domain_told("rombar=on"), "rombar=1");
	CHECK_STR(domain_told("rombar=0"), "rombar=0");
	CHECK_STR(domain_told("x-vga=1 x-req=FALSE"), "x-req=off,x-vga=on");
	CHECK_STR(domain_told("bootindex=007"), "bootindex=7");
	CHECK_STR(domain_told("x-pci-vendor-id=10DE x-pci-device-id=0x1b"),
		  "x-pci-device-id=0x001b,x-pci-vendor-id=0x10de");
	CHECK_STR(domain_told("x-msix-relocation=bar2"), "x-msix-relocation=bar2");
	CHECK_STR(domain_told("x-igd-legacy-mode=auto"), "x-igd-legacy-mode=auto");
}

static void test_the_last_value_of_an_option_counts(void)
{
	CHECK_STR(domain_told("rombar=off x-vga=on rombar=on"), "rombar=1,x-vga=on");
}

static void test_a_misspelled_option_is_answered_with_the_nearest(void)
{
	CHECK_STR(domain_told("rombra=off"), "unknown option rombra; write rombar if that is meant");
	CHECK_STR(domain_told("x-vgaa=on"), "unknown option x-vgaa; write x-vga if that is meant");
	CHECK(strncmp(domain_told("teapot=on"),
		      "unknown option teapot; those of vfio-pci that can be set are "
		      "bootindex, rombar, romfile, x-igd-gms",
		      80) == 0);
}

static void test_what_would_name_another_device_is_unknown(void)
{
	static const char *const names[] = { "host",	      "sysfsdev",   "fd",
					     "iommufd",	      "id",	    "driver",
					     "evdev",	      "bus",	    "addr",
					     "vf-token",      "display",    "ramfb",
					     "multifunction", "acpi-index", "x-balloon-allowed" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s=on", names[i]);
		CHECK(strncmp(domain_told(text), "unknown option ", 15) == 0);
		CHECK(!device_options_valid(text));
	}
}

static void test_a_wrong_value_is_answered_with_the_right_ones(void)
{
	CHECK_STR(domain_told("x-vga=maybe"), "x-vga: maybe is neither on nor off");
	CHECK_STR(domain_told("rombar=2"), "rombar: 2 is neither on nor off");
	CHECK_STR(domain_told("bootindex=-1"), "bootindex: write a number from 0 to 2147483647, not -1");
	CHECK_STR(domain_told("bootindex=2147483648"),
		  "bootindex: write a number from 0 to 2147483647, not 2147483648");
	CHECK_STR(domain_told("bootindex=18446744073709551616"),
		  "bootindex: write a number from 0 to 2147483647, not 18446744073709551616");
	CHECK_STR(domain_told("bootindex=0x1"), "bootindex: write a number from 0 to 2147483647, not 0x1");
	CHECK_STR(domain_told("x-nv-gpudirect-clique=16"),
		  "x-nv-gpudirect-clique: write a number from 0 to 15, not 16");
	CHECK_STR(domain_told("x-pci-device-id=0x10000"),
		  "x-pci-device-id: write an id of 4 hex digits, such as 0x10de, not 0x10000");
	CHECK_STR(domain_told("x-igd-legacy-mode=o"),
		  "x-igd-legacy-mode: write one of these words: on off auto; not o");
	CHECK_STR(domain_told("x-igd-legacy-mode="),
		  "x-igd-legacy-mode: write one of these words: on off auto; not ");
}

static void test_what_is_no_pair_is_no_option(void)
{
	CHECK_STR(domain_told("rombar"), "rombar is not an option; write NAME=VALUE, such as rombar=off");
	CHECK_STR(domain_told("rombar=on,x-vga=on"),
		  "rombar=on,x-vga=on is not an option; write NAME=VALUE, such as rombar=off");
	CHECK_STR(domain_told(""), " is not an option; write NAME=VALUE, such as rombar=off");
}

static void test_a_rom_is_named_without_a_path(void)
{
	char name[ROM_NAME_LEN + 1];

	CHECK(rom_name_valid("x.rom") && rom_name_valid("GTX_1080-Ti.2.rom"));
	CHECK(!rom_name_valid("") && !rom_name_valid(".hidden") && !rom_name_valid("..") &&
	      !rom_name_valid("a/b") && !rom_name_valid("a b") && !rom_name_valid("a,b") &&
	      !rom_name_valid("a=b"));
	memset(name, 'a', sizeof(name));
	name[ROM_NAME_LEN] = '\0';
	CHECK(!rom_name_valid(name));
	name[ROM_NAME_LEN - 1] = '\0';
	CHECK(rom_name_valid(name));
	CHECK_STR(domain_told("romfile=/var/lib/pcitag/rom/x.rom"),
		  "romfile: /var/lib/pcitag/rom/x.rom cannot be the name of a ROM file; write the name that "
		  "pcitag rom list shows, 1 to 64 letters, digits, dots, - and _, without a path");
}

static void test_each_option_has_its_place(void)
{
	CHECK_STR(told(OPTION_OF_QEMU, "rombar=on"),
		  "rombar has a key of its own in the registry; write rombar = VALUE");
	CHECK_STR(told(OPTION_OF_QEMU, "bootindex=1"),
		  "bootindex belongs to a domain, not to a model; write pcitag add DOMAIN REQUEST --option "
		  "bootindex=VALUE");
	CHECK_STR(told(OPTION_OF_QEMU, "x-vga=on"), "x-vga=on");
	CHECK_STR(told(OPTION_OF_MODEL, "romfile=x.rom"), "romfile=x.rom");
}

/* The longest texts of the options that take any. */
static void fill(struct device_options *options)
{
	static const char *const more[] = { "bootindex=2147483647", "x-igd-legacy-mode=auto",
					    "x-intx-mmap-timeout-ms=3600000", "x-msix-relocation=bar0" };
	char rom[ROM_NAME_LEN] = "";

	memset(rom, 'r', sizeof(rom) - 1);
	CHECK(device_options_set(options, OPTION_OF_DOMAIN, "romfile", rom, &err) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		CHECK(device_options_set_text(options, OPTION_OF_DOMAIN, more[i], &err) == 0);
}

static void test_all_options_together_have_a_limit(void)
{
	struct device_options options = { "" }, before;

	fill(&options);
	before = options;
	CHECK(device_options_set_list(&options,
				      "x-no-geforce-quirks=off,x-no-kvm-ioeventfd=off,x-no-kvm-msi=off",
				      &err) == -1);
	CHECK(strstr(err.msg, "the options of one device are longer than 223 characters; leave some out"));
	CHECK(strlen(options.text) < DEVICE_OPTIONS_LEN && device_options_valid(options.text));
	/* The one that did not fit has changed nothing. */
	CHECK(strncmp(options.text, before.text, 10) == 0);
}

static void test_a_wish_stands_above(void)
{
	struct device_options model = { "rombar=1,romfile=x.rom" }, wish = { "bootindex=2,rombar=0" };

	CHECK(device_options_merge(&model, &wish, &err) == 0);
	CHECK_STR(model.text, "bootindex=2,rombar=0,romfile=x.rom");
}

static void test_valid_is_only_what_is_written(void)
{
	static const char *const bad[] = { "rombar=on",	   "romfile=x,rombar=0", "rombar=0,",
					   ",rombar=0",	   "rombar=0,rombar=0",	 "rombar =0",
					   "rombar=0 ",	   "x-vga=on,",		 "x-vga=ON",
					   "bootindex=01", "romfile=a/b",	 "rombar",
					   "rombar=0,,x",  "teapot=1",		 "x-pci-vendor-id=0x10DE" };

	CHECK(device_options_valid("") && device_options_valid("bootindex=1,rombar=0"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!device_options_valid(bad[i]));
}

static void test_options_are_read_one_by_one(void)
{
	const char *at = "rombar=0,romfile=x.rom,x-no-mmap=on,x-pci-vendor-id=0x10de";
	struct device_option option;

	CHECK(device_options_next(&at, &option) && option.kind == OPTION_BAR && option.number == 0);
	CHECK(!option.of_every_function);
	CHECK(device_options_next(&at, &option) && option.kind == OPTION_ROM);
	CHECK_STR(option.value, "x.rom");
	CHECK(device_options_next(&at, &option) && option.kind == OPTION_SWITCH && option.number == 1);
	CHECK(option.of_every_function);
	CHECK(device_options_next(&at, &option) && option.kind == OPTION_ID && option.number == 0x10de);
	CHECK(!device_options_next(&at, &option));
}

static void test_a_list_may_be_in_any_order(void)
{
	struct device_options options = { "" };

	CHECK(device_options_set_list(&options, "rombar=off,bootindex=1", &err) == 0);
	CHECK_STR(options.text, "bootindex=1,rombar=0");
	CHECK(device_options_set_list(&options, "rombar=on,teapot=1", &err) == -1);
	CHECK(device_options_set_list(&options, ",", &err) == -1);
}

int main(void)
{
	RUN(test_the_text_has_one_order_and_one_form_of_each_value);
	RUN(test_the_last_value_of_an_option_counts);
	RUN(test_a_misspelled_option_is_answered_with_the_nearest);
	RUN(test_what_would_name_another_device_is_unknown);
	RUN(test_a_wrong_value_is_answered_with_the_right_ones);
	RUN(test_what_is_no_pair_is_no_option);
	RUN(test_a_rom_is_named_without_a_path);
	RUN(test_each_option_has_its_place);
	RUN(test_all_options_together_have_a_limit);
	RUN(test_a_wish_stands_above);
	RUN(test_valid_is_only_what_is_written);
	RUN(test_options_are_read_one_by_one);
	RUN(test_a_list_may_be_in_any_order);
	return 0;
}
