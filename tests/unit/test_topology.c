/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/topology.c model/pci/address.c base/error.c */
#include "model/pci/topology.h"
#include "test.h"

static struct topology topology;

static void add(uint8_t bus, int group)
{
	const struct pci_device device = { .addr = { .bus = bus }, .group = group };

	CHECK(topology_add(&topology, &device, NULL) == 0);
}

/* Checks that the buses of a group's members are @buses, a text with a character for each. */
static void check_members(int group, const char *buses)
{
	const struct pci_device *member = NULL;

	while ((member = topology_next_member(&topology, group, member)))
		CHECK(member->group == group && member->addr.bus == *buses++ - '0');
	CHECK(*buses == '\0');
}

static void test_members_of_a_group_are_found_by_address(void)
{
	check_members(7, "");
	for (uint8_t bus = 9; bus > 0; bus--)
		add(bus, bus % 3 ? bus % 3 : PCI_NO_GROUP);
	topology_sort(&topology);
	check_members(1, "147");
	check_members(2, "258");
	check_members(PCI_NO_GROUP, "369");
	check_members(0, "");
	check_members(3, "");
	topology_clear(&topology);
}

static void test_a_function_that_was_added_later_is_found_too(void)
{
	add(1, 5);
	topology_sort(&topology);
	add(2, 5);
	check_members(5, "12");
	topology_sort(&topology);
	check_members(5, "12");
	topology_clear(&topology);
	check_members(5, "");
}

static void test_serial_numbers_tell_cards_apart(void)
{
	static const struct pci_serial none = { "", "" }, dsn = { "1122334455667788", "" },
				       other = { "1122334455667789", "" }, nvme = { "", "S1" },
				       both = { "1122334455667788", "S1" },
				       mixed = { "1122334455667788", "S2" };

	CHECK(pci_serial_compare(&none, &dsn) == PCI_SERIAL_UNKNOWN);
	CHECK(pci_serial_compare(&dsn, &nvme) == PCI_SERIAL_UNKNOWN);
	CHECK(pci_serial_compare(&dsn, &dsn) == PCI_SERIAL_SAME &&
	      pci_serial_compare(&nvme, &both) == PCI_SERIAL_SAME);
	CHECK(pci_serial_compare(&dsn, &other) == PCI_SERIAL_OTHER);
	CHECK(pci_serial_compare(&both, &mixed) == PCI_SERIAL_OTHER);
	CHECK(pci_serial_valid(&none) && pci_serial_valid(&both));
	CHECK(!pci_serial_valid(&(struct pci_serial){ "1122", "" }));
	CHECK(!pci_serial_valid(&(struct pci_serial){ "112233445566778G", "" }));
	CHECK(!pci_serial_valid(&(struct pci_serial){ "", "S\n1" }));
}

int main(void)
{
	RUN(test_serial_numbers_tell_cards_apart);
	RUN(test_members_of_a_group_are_found_by_address);
	RUN(test_a_function_that_was_added_later_is_found_too);
	return 0;
}
