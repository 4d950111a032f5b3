/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/xml/guest_numa.c host/xml/document.c model/wish/guest_numa.c model/wish/pinning.c model/wish/number_set.c model/pci/address.c base/error.c */
/* libs: libxml-2.0 */
#include "host/xml/guest_numa.h"
#include "test.h"

static struct guest_numa guest;
static struct error err;

static int read_guest(const char *machine, const char *body)
{
	char xml[8192];

	CHECK(snprintf(xml, sizeof(xml), "<domain><os><type %s>hvm</type></os>%s</domain>", machine, body) <
	      (int)sizeof(xml));
	guest_numa_clear(&guest);
	return guest_numa_read(xml, &guest, &err);
}

#define Q35 "arch='x86_64' machine='pc-q35-7.2'"
#define CPU(cells) "<cpu><numa>" cells "</numa></cpu>"
#define TWO CPU("<cell id='0' cpus='0-1' memory='1'/><cell id='1' cpus='2-3' memory='1'/>")

static const char *text_of(const struct number_set *set)
{
	static char buf[NUMBER_SET_LEN];

	return number_set_format(set, buf);
}

static const char *cpus_of(size_t cell)
{
	struct number_set cpus;

	return pinning_cpus(&guest.cells[cell].pinning, &cpus) ? text_of(&cpus) : "-";
}

static void test_machines_that_have_an_expander_bus(void)
{
	CHECK(guest_machine_has_expander("x86_64", "q35"));
	CHECK(guest_machine_has_expander("x86_64", "pc-q35-7.2"));
	CHECK(guest_machine_has_expander("aarch64", "virt"));
	CHECK(guest_machine_has_expander("aarch64", "virt-7.2"));
	CHECK(!guest_machine_has_expander("x86_64", "pc"));
	CHECK(!guest_machine_has_expander("x86_64", "pc-i440fx-7.2"));
	CHECK(!guest_machine_has_expander("x86_64", "virt"));
	CHECK(!guest_machine_has_expander("riscv64", "virt"));
	CHECK(!guest_machine_has_expander("aarch64", "q35"));
	CHECK(!guest_machine_has_expander("ppc64", "pseries"));
}

static void test_a_domain_without_cells_has_none(void)
{
	CHECK(read_guest(Q35, "") == 0);
	CHECK(guest.has_expander && guest.count == 0);
	CHECK_STR(guest.machine, "pc-q35-7.2");
	CHECK(read_guest("", "<cpu/>") == 0);
	CHECK(!guest.has_expander && !guest.machine[0]);
}

static void test_memory_of_a_cell_is_where_memnode_says_or_else_memory(void)
{
	CHECK(read_guest(Q35, TWO "<numatune><memory mode='strict' nodeset='0-1'/><memnode cellid='1' "
				  "mode='strict' nodeset='1'/></numatune>") == 0);
	CHECK(guest.count == 2 && guest.cells[0].id == 0 && guest.cells[1].id == 1);
	CHECK_STR(text_of(&guest.cells[0].pinning.memory), "0-1");
	CHECK_STR(text_of(&guest.cells[1].pinning.memory), "1");
	CHECK_STR(cpus_of(0), "-");
}

static void test_processors_of_a_cell_are_those_of_its_own_vcpupins(void)
{
	CHECK(read_guest(Q35,
			 TWO "<vcpu cpuset='0-7'>4</vcpu><cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin "
			     "vcpu='1' cpuset='1'/><vcpupin vcpu='2' cpuset='4-5'/></cputune>") == 0);
	CHECK_STR(cpus_of(0), "0-1");
	/* The other one of it may run anywhere. */
	CHECK_STR(cpus_of(1), "0-7");
}

static void test_a_cell_of_memory_alone_has_no_processors(void)
{
	CHECK(read_guest(Q35,
			 CPU("<cell cpus='0' memory='1'/><cell memory='1'/>") "<vcpu cpuset='3'>1</vcpu>") ==
	      0);
	CHECK(guest.count == 2 && guest.cells[1].id == 1);
	CHECK_STR(cpus_of(0), "3");
	CHECK_STR(cpus_of(1), "-");
}

static void test_what_is_no_set_is_unclear_and_no_id_is_an_error(void)
{
	CHECK(read_guest(Q35, TWO "<numatune><memnode cellid='0' nodeset='x'/></numatune>") == 0);
	CHECK(guest.cells[0].pinning.is_unclear && !guest.cells[1].pinning.is_unclear);
	CHECK(read_guest(Q35, CPU("<cell id='-1'/>")) < 0);
	CHECK_STR(err.msg, "<cpu><numa>: a <cell> has no id from 0 to 1023");
}

static void test_a_cell_is_found_when_it_is_on_one_node(void)
{
	CHECK(read_guest(Q35, CPU("<cell id='0'/><cell id='1'/><cell id='2'/>")) == 0);
	number_set_add(&guest.cells[0].nodes, 0);
	number_set_add(&guest.cells[0].nodes, 1);
	number_set_add(&guest.cells[1].nodes, 1);
	number_set_add(&guest.cells[2].nodes, 1);
	CHECK(guest_numa_find(&guest, 1) == &guest.cells[1]);
	CHECK(guest_numa_find(&guest, 0) == NULL);
	guest_numa_clear(&guest);
	CHECK(guest_numa_find(&guest, 1) == NULL);
}

int main(void)
{
	RUN(test_machines_that_have_an_expander_bus);
	RUN(test_a_domain_without_cells_has_none);
	RUN(test_memory_of_a_cell_is_where_memnode_says_or_else_memory);
	RUN(test_processors_of_a_cell_are_those_of_its_own_vcpupins);
	RUN(test_a_cell_of_memory_alone_has_no_processors);
	RUN(test_what_is_no_set_is_unclear_and_no_id_is_an_error);
	RUN(test_a_cell_is_found_when_it_is_on_one_node);
	return 0;
}
