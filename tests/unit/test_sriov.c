/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/pci/sriov.c host/pci/sysfs.c model/pci/address.c base/fileio.c base/error.c */
#include "host/pci/sriov.h"
#include "fake_tree.h"

#define PF SYSFS_PCI_DEVICES "/0000:02:00.0/"

static const struct pci_addr pf = { .bus = 2 };
static struct sysfs sysfs;
static struct sriov sriov;
static struct error err;

static void begin(void)
{
	tree_start();
	CHECK(sysfs_open(tree, &sysfs, &err) == 0);
	tree_file(PF "sriov_totalvfs", "7\n");
	tree_file(PF "sriov_vf_device", "10ca\n");
	tree_file(PF "sriov_drivers_autoprobe", "1\n");
}

static void end(void)
{
	sriov_clear(&sriov);
	sysfs_close(&sysfs);
	tree_remove();
}

static const char *vf(size_t i)
{
	static char text[PCI_ADDR_LEN];

	return i < sriov.count ? pci_addr_format(&sriov.vfs[i], text) : "none";
}

static void test_they_are_in_the_order_of_their_numbers(void)
{
	begin();
	for (int i = 0; i < 12; i++) {
		char link[128], target[32];

		snprintf(link, sizeof(link), PF "virtfn%d", 11 - i);
		snprintf(target, sizeof(target), "../0000:02:%02x.0", 0x10 + 11 - i);
		tree_link(link, target);
	}
	CHECK(sriov_read(&sysfs, &pf, &sriov, &err) == 0);
	CHECK(sriov.total == 7 && sriov.vf_device == 0x10ca && sriov.autoprobe && sriov.count == 12);
	CHECK_STR(vf(0), "0000:02:10.0");
	CHECK_STR(vf(2), "0000:02:12.0");
	CHECK_STR(vf(11), "0000:02:1b.0");
	end();
}

static void test_what_is_no_such_link_is_left_out(void)
{
	begin();
	tree_link(PF "virtfn0", "../0000:02:10.0");
	tree_link(PF "virtfn", "../0000:02:10.1");
	tree_link(PF "virtfnx", "../0000:02:10.2");
	tree_link(PF "virtfn2", "../elsewhere");
	CHECK(sriov_read(&sysfs, &pf, &sriov, &err) == 0);
	CHECK(sriov.count == 1);
	CHECK_STR(vf(0), "0000:02:10.0");
	end();
}

static void test_not_every_function_can_have_them(void)
{
	begin();
	tree_file(PF "sriov_totalvfs", "0\n");
	CHECK(sriov_read(&sysfs, &pf, &sriov, &err) == SYSFS_ABSENT);
	CHECK(sriov_read(&sysfs, &(struct pci_addr){ .bus = 3 }, &sriov, &err) == SYSFS_ABSENT);
	CHECK(!sriov.vfs && sriov.count == 0);
	end();
}

static void test_an_old_kernel_tells_less(void)
{
	begin();
	tree_file(PF "sriov_vf_device", "not hex, and not 16 bits: fffff\n");
	CHECK(sriov_read(&sysfs, &pf, &sriov, &err) == 0);
	CHECK(sriov.vf_device == 0 && sriov.autoprobe && sriov.count == 0);
	end();
}

static void test_numbers_that_the_kernel_does_not_write(void)
{
	static const char *const numbers[] = { "-1\n", "65536\n", "many\n", "\n" };

	begin();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned now = 5;

		tree_file(PF "sriov_totalvfs", numbers[i]);
		tree_file(PF "sriov_numvfs", numbers[i]);
		CHECK(sriov_read(&sysfs, &pf, &sriov, &err) < 0);
		CHECK(sriov_read_number(&sysfs, &pf, &now, &err) < 0 && now == 5);
	}
	end();
}

static void test_the_number_is_written_as_one(void)
{
	unsigned now = 0;

	begin();
	tree_file(PF "sriov_numvfs", "");
	CHECK(sriov_write_number(&sysfs, &pf, 7, &err) == 0);
	CHECK(sriov_read_number(&sysfs, &pf, &now, &err) == 0 && now == 7);
	end();
}

int main(void)
{
	RUN(test_they_are_in_the_order_of_their_numbers);
	RUN(test_what_is_no_such_link_is_left_out);
	RUN(test_not_every_function_can_have_them);
	RUN(test_an_old_kernel_tells_less);
	RUN(test_numbers_that_the_kernel_does_not_write);
	RUN(test_the_number_is_written_as_one);
	return 0;
}
