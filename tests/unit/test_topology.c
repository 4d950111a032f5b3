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

int main(void)
{
	RUN(test_members_of_a_group_are_found_by_address);
	RUN(test_a_function_that_was_added_later_is_found_too);
	return 0;
}
