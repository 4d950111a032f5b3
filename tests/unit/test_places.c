/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/pci/place.c host/pci/marks.c host/pci/serial.c host/pci/sysfs.c host/process/progress.c model/pci/place.c model/pci/topology.c model/pci/address.c model/wish/number_set.c model/wish/pinning.c base/error.c base/fileio.c */
/* What sysfs says about NUMA nodes, and about what tells devices apart. */
#include "host/pci/marks.h"
#include "host/pci/place.h"
#include "fake_tree.h"

#define NODES "devices/system/node/"
#define DEVICE "bus/pci/devices/0000:03:00.0/"

static struct sysfs opened(void)
{
	struct sysfs sysfs;
	struct error err;

	CHECK(sysfs_open(tree, &sysfs, &err) == 0);
	return sysfs;
}

static void two_nodes(void)
{
	tree_start();
	tree_file(NODES "online", "0-1\n");
	tree_file(NODES "node0/cpulist", "0-3,8\n");
	tree_file(NODES "node1/cpulist", "4-7\n");
}

static void check_set(const struct number_set *set, const char *text)
{
	char buf[NUMBER_SET_LEN];

	CHECK_STR(number_set_format(set, buf), text);
}

static void check_domain(const char *memory, const char *cpus, const char *nodes)
{
	struct pinning pinning = { .vcpus = 1 };
	struct number_set online, found;
	struct sysfs sysfs = opened();
	struct error err = { 0 };

	if (memory[0])
		CHECK(number_set_parse(memory, NUMA_NODES_MAX, &pinning.memory) == 0);
	if (cpus[0])
		CHECK(number_set_parse(cpus, NUMBER_SET_MAX, &pinning.vcpu_cpus) == 0);
	CHECK(numa_read_online(&sysfs, &online, &err) == 0);
	CHECK(numa_read_domain(&sysfs, &online, &pinning, &found, &err) == 0);
	check_set(&found, nodes);
	sysfs_close(&sysfs);
}

static void test_a_domain_is_near_the_nodes_of_its_processors(void)
{
	two_nodes();
	check_domain("", "8", "0");
	check_domain("", "3-4", "0-1");
	check_domain("1", "0", "1");
	check_domain("0-1", "5", "1");
	check_domain("", "99", "");
	check_domain("", "", "");
	tree_remove();
}

static void test_a_node_may_have_no_processors_and_a_kernel_no_nodes(void)
{
	two_nodes();
	tree_file(NODES "node1/cpulist", "\n");
	check_domain("", "4", "");
	check_domain("1", "", "1");
	tree_remove();
	tree_start();
	check_domain("", "4", "");
	check_domain("0", "", "0");
	tree_remove();
}

static void test_what_is_no_list_is_an_error(void)
{
	struct sysfs sysfs;
	struct number_set online;
	struct error err = { 0 };

	tree_start();
	tree_file(NODES "online", "many\n");
	sysfs = opened();
	CHECK(numa_read_online(&sysfs, &online, &err) == -1);
	CHECK_STR(err.msg, "devices/system/node/online of sysfs is not a list of numbers: \"many\"");
	sysfs_close(&sysfs);
	tree_remove();
}

/* The node of a device on a host with the nodes @online, -1 for one that is not known. */
static int node_of(const char *online, const char *told)
{
	struct pci_device device = { .addr = { .bus = 3 } };
	struct number_set nodes = { { 0 } };
	struct sysfs sysfs;
	struct error err;

	CHECK(number_set_parse(online, NUMA_NODES_MAX, &nodes) == 0);
	tree_start();
	tree_file(DEVICE "numa_node", told);
	sysfs = opened();
	CHECK(pci_place_read(&sysfs, &nodes, &device, &err) == 0);
	sysfs_close(&sysfs);
	tree_remove();
	return device.place.has_node ? device.place.node : -1;
}

static void test_a_device_without_a_node_is_on_the_only_one(void)
{
	CHECK(node_of("0-1", "1\n") == 1);
	CHECK(node_of("0-1", "-1\n") == -1);
	CHECK(node_of("0", "-1\n") == 0);
	CHECK(node_of("3", "-1\n") == 3);
	CHECK(node_of("0-1", "4096\n") == -1);
}

static void test_what_tells_devices_apart(void)
{
	struct pci_device device = { .addr = { .bus = 3 }, .is_unread = true };
	struct sysfs sysfs;

	tree_start();
	tree_file("bus/pci/slots/7-1/address", "0000:03:00\n");
	tree_file("bus/pci/slots/8/address", "0000:04:00\n");
	tree_file(DEVICE "numa_node", "0\n");
	tree_file(DEVICE "label", "Onboard LAN 1\n");
	tree_file(DEVICE "net/eth1/address", "52:54:00:00:00:02\n");
	tree_file(DEVICE "net/eth1/addr_assign_type", "0\n");
	tree_file(DEVICE "net/eth0/address", "52:54:00:00:00:01\n");
	tree_file(DEVICE "net/eth0/addr_assign_type", "0\n");
	tree_file(DEVICE "nvme/nvme0/nvme0n2/wwid", "eui.02\n");
	tree_file(DEVICE "nvme/nvme0/nvme0n1/wwid", "eui.01\n");
	sysfs = opened();
	pci_marks_read(&sysfs, &device);
	CHECK_STR(device.marks.slot, "7-1");
	CHECK_STR(device.marks.label, "Onboard LAN 1");
	CHECK_STR(device.marks.mac, "52:54:00:00:00:01");
	CHECK_STR(device.marks.wwid, "eui.01");
	sysfs_close(&sysfs);
	tree_remove();
}

static void test_what_is_not_lasting_or_not_text_is_unknown(void)
{
	struct pci_device device = { .addr = { .bus = 3 }, .is_unread = true };
	struct sysfs sysfs;

	tree_start();
	tree_file(DEVICE "label", "\x1b[31mred\n");
	/* A random address, and one that somebody set. */
	tree_file(DEVICE "net/eth0/address", "52:54:00:00:00:01\n");
	tree_file(DEVICE "net/eth0/addr_assign_type", "3\n");
	sysfs = opened();
	pci_marks_read(&sysfs, &device);
	CHECK_STR(device.marks.label, "");
	CHECK_STR(device.marks.mac, "");
	CHECK_STR(device.marks.slot, "");
	CHECK_STR(device.marks.wwid, "");
	sysfs_close(&sysfs);
	tree_remove();
}

int main(void)
{
	RUN(test_a_domain_is_near_the_nodes_of_its_processors);
	RUN(test_a_node_may_have_no_processors_and_a_kernel_no_nodes);
	RUN(test_what_is_no_list_is_an_error);
	RUN(test_a_device_without_a_node_is_on_the_only_one);
	RUN(test_what_tells_devices_apart);
	RUN(test_what_is_not_lasting_or_not_text_is_unknown);
	return 0;
}
