/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/describe/facts.c host/pci/sysfs.c host/process/progress.c model/pci/topology.c model/pci/address.c base/error.c */
/* links: base/fileio.c */
/* Links as no kernel should tell of them; those of sound devices are read in tests/engine. */
#include "host/describe/facts.h"
#include "fake_tree.h"

#define DEVICE "bus/pci/devices/0000:01:00.0/"

static struct pci_link link_told_as(const char *speed, const char *width)
{
	static const struct pci_addr addr = { .bus = 1 };
	struct pci_facts facts;
	struct sysfs sysfs;
	struct error err;

	tree_start();
	tree_file(DEVICE "current_link_speed", speed);
	tree_file(DEVICE "current_link_width", width);
	CHECK(sysfs_open(tree, &sysfs, &err) == 0);
	CHECK(pci_facts_read(&sysfs, &addr, &facts, &err) == 0);
	sysfs_close(&sysfs);
	tree_remove();
	return facts.now;
}

static void test_a_link(void)
{
	struct pci_link now = link_told_as("8.0 GT/s PCIe\n", "16\n");

	CHECK_STR(now.speed, "8.0 GT/s");
	CHECK(now.width == 16);
}

static void test_lanes_without_a_speed_are_no_link(void)
{
	static const char *const speeds[] = { "", "\n", " PCIe\n", "Unknown\n" };

	for (size_t i = 0; i < sizeof(speeds) / sizeof(*speeds); i++) {
		struct pci_link now = link_told_as(speeds[i], "4\n");

		CHECK_STR(now.speed, "");
		CHECK(now.width == 0);
	}
}

static void test_a_speed_without_lanes_is_no_link(void)
{
	static const char *const widths[] = { "", "0\n", "255\n", "-1\n", "70000\n", "x\n" };

	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		struct pci_link now = link_told_as("2.5 GT/s PCIe\n", widths[i]);

		CHECK_STR(now.speed, "");
		CHECK(now.width == 0);
	}
}

int main(void)
{
	RUN(test_a_link);
	RUN(test_lanes_without_a_speed_are_no_link);
	RUN(test_a_speed_without_lanes_is_no_link);
	return 0;
}
