/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/pci/sysfs.c host/pci/scan.c host/pci/device.c model/pci/state.c host/process/progress.c host/pci/vfio_group.c model/pci/topology.c model/lease/lease.c model/registry/registry.c model/lease/name.c model/registry/settings.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c base/error.c */
/* links: model/pci/address.c base/fileio.c */
/* Attributes as no kernel should write them; those of sound devices are read in tests/engine. */
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>

#include "host/pci/device.h"
#include "test.h"

#define DEVICE SYSFS_PCI_DEVICES "/0000:01:00.0"

static char root[] = "/tmp/pcitag-test-XXXXXX";
static const struct pci_addr addr = { .bus = 1 };

static void make_directory(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	CHECK(mkdir(path, 0755) == 0);
}

static void write_attribute(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/" DEVICE "/%s", root, name);
	file = fopen(path, "w");
	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void write_group(const char *target)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" DEVICE "/iommu_group", root);
	(void)unlink(path);
	CHECK(symlink(target, path) == 0);
}

static void make_device(void)
{
	char header[65];

	write_attribute("vendor", "0x1234\n");
	write_attribute("device", "0x11e8\n");
	write_attribute("subsystem_vendor", "0x1af4\n");
	write_attribute("subsystem_device", "0x1100\n");
	write_attribute("class", "0x00ff00\n");
	write_attribute("revision", "0x10\n");
	memset(header, '.', 64);
	header[64] = '\0';
	write_attribute("config", header);
	write_group("../../../kernel/iommu_groups/14");
}

static int scan(struct pci_device *out, struct error *err)
{
	struct sysfs sysfs;
	int rc;

	CHECK(sysfs_open(root, &sysfs, err) == 0);
	rc = pci_device_read(&sysfs, &addr, out, err);
	sysfs_close(&sysfs);
	return rc;
}

/* Says why the device cannot be read. */
static const char *refusal(void)
{
	static struct error err;
	struct pci_device device;

	CHECK(scan(&device, &err) == -1);
	return err.msg;
}

static void test_a_device_is_read(void)
{
	struct error err = { 0 };
	struct pci_device device;

	make_device();
	CHECK(scan(&device, &err) == 0);
	CHECK(device.id.vendor == 0x1234 && device.id.class_code == 0xff00 && device.revision == 0x10);
	CHECK(device.group == 14 && device.vfs_enabled == 0 && !device.is_boot_vga);
	CHECK_STR(device.driver, "");
}

static void test_a_number_out_of_range_is_no_other_number(void)
{
	make_device();
	write_attribute("vendor", "0x11234\n");
	CHECK_STR(refusal(), "the number in /sys/" DEVICE "/vendor is not between 0 and 0xffff: 70196");
	make_device();
	write_attribute("revision", "-1\n");
	CHECK_STR(refusal(), "the number in /sys/" DEVICE "/revision is not between 0 and 0xff: -1");
	make_device();
	write_attribute("class", "0x1000000\n");
	CHECK_STR(refusal(), "the number in /sys/" DEVICE "/class is not between 0 and 0xffffff: 16777216");
}

/* sriov_numvfs is not read: it waits for a lock that a device which hangs never lets go of. */
static void test_virtual_functions_are_counted_by_their_links(void)
{
	struct error err = { 0 };
	struct pci_device device;

	make_device();
	write_attribute("sriov_numvfs", "not to be read\n");
	write_attribute("virtfn0", "");
	CHECK(scan(&device, &err) == 0);
	CHECK(device.vfs_enabled == 0);
	write_attribute("sriov_totalvfs", "8\n");
	write_attribute("virtfn3", "");
	CHECK(scan(&device, &err) == 0);
	CHECK(device.vfs_enabled == 2);
}

static void test_what_is_no_number_is_none(void)
{
	make_device();
	write_attribute("device", "\n");
	CHECK_STR(refusal(), "/sys/" DEVICE "/device is not a number: \"\"");
	write_attribute("device", "0x11e8 or so\n");
	CHECK_STR(refusal(), "/sys/" DEVICE "/device is not a number: \"0x11e8 or so\"");
}

static void test_a_group_is_a_number_that_the_kernel_can_have(void)
{
	static const char *const none[] = { "-1", " 14", "14x", "4294967310", "99999999999999999999", "x" };

	make_device();
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		write_group(none[i]);
		CHECK(strstr(refusal(), "/iommu_group names no IOMMU group: "));
	}
}

static int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED, struct FTW *at UNUSED)
{
	return remove(path);
}

int main(void)
{
	CHECK(mkdtemp(root));
	make_directory("bus");
	make_directory("bus/pci");
	make_directory(SYSFS_PCI_DEVICES);
	make_directory(DEVICE);
	RUN(test_a_device_is_read);
	RUN(test_a_number_out_of_range_is_no_other_number);
	RUN(test_virtual_functions_are_counted_by_their_links);
	RUN(test_what_is_no_number_is_none);
	RUN(test_a_group_is_a_number_that_the_kernel_can_have);
	CHECK(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	return 0;
}
