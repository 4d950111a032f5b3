/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/pci/card.c host/pci/scan.c host/pci/device.c model/pci/state.c host/process/progress.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/lease/name.c base/error.c */
/* links: host/pci/vfio_group.c base/text.c host/pci/sysfs.c model/pci/topology.c model/lease/lease.c model/registry/registry.c */
/* links: model/registry/settings.c model/pci/address.c base/fileio.c */
#include "host/pci/card.h"
#include "fake_tree.h"

#define DEVICES "bus/pci/devices/"

static struct sysfs sysfs;
static struct error err;

static void start(void)
{
	tree_start();
	CHECK(sysfs_open(tree, &sysfs, &err) == 0);
}

static void end(void)
{
	sysfs_close(&sysfs);
	tree_remove();
}

static bool resets_alone(const char *methods)
{
	struct pci_device device = { .addr = { .bus = 1 } };

	start();
	if (methods)
		tree_file(DEVICES "0000:01:00.0/reset_method", methods);
	CHECK(pci_card_read_resets(&sysfs, &device, &err) == 0);
	end();
	return device.resets_alone;
}

static void test_only_a_function_level_reset_is_its_own(void)
{
	CHECK(resets_alone("flr bus\n"));
	CHECK(resets_alone("device_specific pm bus\n"));
	CHECK(resets_alone("bus af_flr"));
	CHECK(!resets_alone("bus\n"));
	CHECK(!resets_alone("cxl_bus bus acpi device_specific\n"));
	CHECK(!resets_alone("flrs f flr_bus pm,bus\n"));
	CHECK(!resets_alone("\n"));
}

static void test_a_kernel_that_does_not_say_so_has_none(void)
{
	CHECK(!resets_alone(NULL));
}

/* A function as its attributes tell it. */
static void make_function(const char *address, int group, const char *methods)
{
	static const char *const attributes[][2] = {
		{ "vendor", "0x1002" },		  { "device", "0x731f" },  { "subsystem_vendor", "0x1682" },
		{ "subsystem_device", "0x5710" }, { "class", "0x030000" }, { "revision", "0xca" },
	};
	char path[128], target[64];

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		snprintf(path, sizeof(path), DEVICES "%s/%s", address, attributes[i][0]);
		tree_file(path, attributes[i][1]);
	}
	snprintf(path, sizeof(path), DEVICES "%s/reset_method", address);
	tree_file(path, methods);
	snprintf(path, sizeof(path), DEVICES "%s/iommu_group", address);
	snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%d", group);
	tree_link(path, target);
}

static void test_the_other_functions_of_the_slot_are_added_but_not_to_be_chosen(void)
{
	struct pci_device device = { .addr = { .bus = 10 }, .group = 30 };
	struct topology topology = { 0 };

	start();
	make_function("0000:0a:00.0", 30, "flr bus");
	make_function("0000:0a:00.3", 31, "bus");
	make_function("0000:0b:00.0", 32, "bus");
	CHECK(topology_add(&topology, &device, &err) == 0);
	CHECK(pci_card_complete(&sysfs, &topology, &err) == 0);
	CHECK(topology.count == 2);
	CHECK(topology.devices[0].resets_alone && !topology.devices[0].unclear[0]);
	CHECK(topology.devices[1].addr.function == 3 && topology.devices[1].group == 31);
	CHECK(!topology.devices[1].resets_alone && topology.devices[1].is_unread);
	CHECK_STR(topology.devices[1].unclear, "was not looked at");
	topology_clear(&topology);
	end();
}

static void test_virtual_functions_are_neither_added_nor_asked_for(void)
{
	struct pci_device device = { .addr = { .bus = 10 }, .group = 30 };
	struct topology topology = { 0 };

	start();
	make_function("0000:0a:00.0", 30, "flr");
	make_function("0000:0a:00.1", 31, "flr");
	tree_link(DEVICES "0000:0a:00.1/physfn", "../0000:0a:00.0");
	CHECK(topology_add(&topology, &device, &err) == 0);
	CHECK(pci_card_complete(&sysfs, &topology, &err) == 0);
	CHECK(topology.count == 1);
	topology.devices[0].is_virtual = true;
	make_function("0000:0a:00.2", 31, "flr");
	CHECK(pci_card_complete(&sysfs, &topology, &err) == 0);
	CHECK(topology.count == 1);
	topology_clear(&topology);
	end();
}

int main(void)
{
	RUN(test_only_a_function_level_reset_is_its_own);
	RUN(test_a_kernel_that_does_not_say_so_has_none);
	RUN(test_the_other_functions_of_the_slot_are_added_but_not_to_be_chosen);
	RUN(test_virtual_functions_are_neither_added_nor_asked_for);
	return 0;
}
