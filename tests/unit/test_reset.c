/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/reset.c base/error.c */
#include "model/pci/reset.h"
#include "test.h"

static void test_a_list_is_written_as_it_was_read(void)
{
	static const char *const lists[] = { "flr", "bus flr",
					     "device_specific acpi flr af_flr pm bus cxl_bus", "" };
	char text[PCI_RESETS_LEN];
	pci_resets resets;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		CHECK(pci_resets_parse(lists[i], &resets) == 0);
		CHECK_STR(pci_resets_format(resets, text), lists[i]);
	}
}

static void test_commas_and_blanks_separate(void)
{
	char text[PCI_RESETS_LEN];
	pci_resets resets;

	CHECK(pci_resets_parse(" pm,flr ,\tbus", &resets) == 0);
	CHECK_STR(pci_resets_format(resets, text), "pm flr bus");
}

static void test_the_order_counts(void)
{
	pci_resets a, b;

	CHECK(pci_resets_parse("flr pm", &a) == 0 && pci_resets_parse("pm flr", &b) == 0);
	CHECK(a != b);
}

static void test_unknown_and_repeated_names_are_refused(void)
{
	pci_resets resets = 7;

	CHECK(pci_resets_parse("fl", &resets) == 1 && pci_resets_parse("flrx", &resets) == 1);
	CHECK(pci_resets_parse("flr pm flr", &resets) == 1);
	CHECK(resets == 7);
}

int main(void)
{
	RUN(test_a_list_is_written_as_it_was_read);
	RUN(test_commas_and_blanks_separate);
	RUN(test_the_order_counts);
	RUN(test_unknown_and_repeated_names_are_refused);
	return 0;
}
