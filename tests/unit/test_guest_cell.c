/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: flow/configure/guest_cell.c host/xml/guest_numa.c host/xml/document.c host/xml/domain.c host/xml/domain_boot.c host/xml/domain_note.c host/xml/domain_pinning.c host/xml/domain_wishes.c host/pci/place.c host/pci/sysfs.c model/pci/place.c model/pci/address.c model/wish/guest_numa.c model/wish/pinning.c model/wish/number_set.c model/wish/wish.c model/wish/pattern_list.c model/lease/domain.c model/lease/name.c model/lease/options.c model/lease/vf_net.c base/error.c base/fileio.c */
/* libs: libxml-2.0 */
#include "flow/configure/guest_cell.h"
#include "host/xml/domain.h"
#include "base/cleanup.h"
#include "fake_tree.h"

static struct error err;
static unsigned cell;

/* Two nodes with two processors each. */
static void start(void)
{
	tree_start();
	tree_file("devices/system/node/online", "0-1\n");
	tree_file("devices/system/node/node0/cpulist", "0-1\n");
	tree_file("devices/system/node/node1/cpulist", "2-3\n");
}

/* Looks for the cell near devices on @nodes, of a domain with two cells, each of one processor. */
static int find(const char *nodes, enum wish_numa profile, enum wish_numa numa, const char *body)
{
	CLEANUP(domain_clear) struct domain domain = { 0 };
	struct guest_cell_request request = { .text = "npu", .numa = profile };
	char xml[4096];

	CHECK(snprintf(xml, sizeof(xml),
		       "<domain><name>vm</name><os><type arch='x86_64' machine='q35'>hvm</type></os>%s"
		       "<vcpu>2</vcpu><cpu><numa><cell cpus='0'/><cell cpus='1'/></numa></cpu></domain>",
		       body) < (int)sizeof(xml));
	CHECK(domain_xml_parse(xml, strlen(xml), &domain, &err) == 0);
	CHECK(!nodes[0] || number_set_parse(nodes, NUMA_NODES_MAX, &request.nodes) == 0);
	err = (struct error){ 0 };
	cell = 99;
	return guest_cell_find(tree, xml, &domain, &request, numa, &cell, &err);
}

#define ON_NODES(first, second)                                                                   \
	"<numatune><memnode cellid='0' nodeset='" first "'/><memnode cellid='1' nodeset='" second \
	"'/></numatune>"
#define PINNED(first, second) \
	"<cputune><vcpupin vcpu='0' cpuset='" first "'/><vcpupin vcpu='1' cpuset='" second "'/></cputune>"

static void test_the_devices_say_which_node_of_a_domain_on_two(void)
{
	start();
	CHECK(find("0", 0, 0, ON_NODES("0", "1")) == 0 && cell == 0);
	CHECK(find("1", 0, 0, ON_NODES("0", "1")) == 0 && cell == 1);
	CHECK(find("1", 0, 0, ON_NODES("1", "0")) == 0 && cell == 0);
	CHECK(find("1", 0, 0, PINNED("0", "2-3")) == 0 && cell == 1);
	/* Memory on both nodes, and processors that say which. */
	CHECK(find("1", 0, 0, "<numatune><memory nodeset='0-1'/></numatune>" PINNED("0", "3")) == 0 &&
	      cell == 1);
	tree_remove();
}

static void test_a_domain_on_one_node_has_its_cell_whatever_devices_there_are(void)
{
	start();
	CHECK(find("", 0, 0, ON_NODES("1", "1")) == 0 && cell == 0);
	CHECK(find("0-1", 0, 0, ON_NODES("1", "1")) == 0 && cell == 0);
	CHECK(find("0-1", 0, 0, PINNED("2", "3")) == 0 && cell == 0);
	tree_remove();
}

static void test_what_is_not_certain_is_refused(void)
{
	start();
	CHECK(find("0-1", 0, WISH_NUMA_REQUIRED, ON_NODES("0", "1")) < 0);
	CHECK_STR(err.msg,
		  "request npu: on which of the NUMA nodes 0-1 its device will be is known only at the "
		  "start of domain 'vm'; request a model or type whose devices are on one of them");
	CHECK(find("", 0, 0, ON_NODES("0", "1")) < 0 && strstr(err.msg, "known only at the start"));
	CHECK(find("0", 0, 0, ON_NODES("1", "1")) < 0);
	CHECK_STR(err.msg,
		  "request npu: the devices that match are on NUMA node 0, and domain 'vm' is bound to 1; "
		  "no cell of its guest is near them");
	CHECK(find("0", 0, 0, "") < 0 && strstr(err.msg, "domain 'vm' is bound to no NUMA node"));
	CHECK(find("0", 0, 0, "<numatune><memory nodeset='0-1'/></numatune>") < 0);
	CHECK_STR(err.msg,
		  "request npu: its device will be on NUMA node 0, and no cell of domain 'vm' is on that "
		  "node alone; bind one with <memnode> or <vcpupin>");
	tree_remove();
}

#define WISH(numa)                                                                                 \
	"<metadata><pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'><pcitag:wish requests='npu' " \
	"numa='" numa "'/></pcitag:controllers></metadata>"

static void test_the_narrowest_wish_decides_whether_it_is_near(void)
{
	start();
	CHECK(find("1", WISH_NUMA_NONE, 0, ON_NODES("0", "1")) < 0);
	CHECK(strstr(err.msg, "request npu: numa = none: its device may be on any NUMA node"));
	CHECK(find("1", 0, WISH_NUMA_NONE, ON_NODES("0", "1")) < 0);
	CHECK(find("1", 0, 0, WISH("none") ON_NODES("0", "1")) < 0);
	CHECK(find("1", WISH_NUMA_NONE, WISH_NUMA_REQUIRED, ON_NODES("0", "1")) == 0 && cell == 1);
	CHECK(find("1", WISH_NUMA_NONE, 0, WISH("preferred") ON_NODES("0", "1")) == 0 && cell == 1);
	CHECK(find("1", WISH_NUMA_REQUIRED, 0, WISH("none") ON_NODES("0", "1")) == 0 && cell == 1);
	tree_remove();
}

static void test_a_host_without_numa_has_node_0(void)
{
	tree_start();
	tree_file("devices/x", "");
	CHECK(find("0", 0, 0, ON_NODES("0", "0")) == 0 && cell == 0);
	tree_remove();
}

int main(void)
{
	RUN(test_the_devices_say_which_node_of_a_domain_on_two);
	RUN(test_a_domain_on_one_node_has_its_cell_whatever_devices_there_are);
	RUN(test_what_is_not_certain_is_refused);
	RUN(test_the_narrowest_wish_decides_whether_it_is_near);
	RUN(test_a_host_without_numa_has_node_0);
	return 0;
}
