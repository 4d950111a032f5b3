/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/libvirt/hostdev_networks.c host/xml/document.c host/pci/sysfs.c model/pci/topology.c model/pci/address.c base/fileio.c base/error.c */
/* libs: libxml-2.0 */
#include "host/libvirt/hostdev_networks.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "test.h"

#define PERSISTENT "etc/qemu/networks/"
#define ACTIVE "run/network/"
#define VF0 "<address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x0'/>"
#define VF2 "<address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x2'/>"

/* A host whose card 0000:02:00.0 has the virtual functions 0000:02:10.0 and .2. */
static const char *const addresses[] = { "0000:02:00.0", "0000:02:10.0", "0000:02:10.2" };

static struct topology topology;

static void put(const char *path, const char *text)
{
	struct error err = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write_all(fd, text, strlen(text), &err) == 0);
	CHECK(close(fd) == 0);
}

static void network(const char *path, const char *name, const char *pool)
{
	char text[512];

	snprintf(text, sizeof(text), "<network><name>%s</name><forward mode='hostdev'>%s</forward></network>",
		 name, pool);
	put(path, text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	CHECK(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static void make_dirs(const char *const *paths)
{
	for (; *paths; paths++)
		CHECK(mkdir(*paths, 0700) == 0);
}

static void new_host(void)
{
	static const char *const dirs[] = { "host",
					    "host/etc",
					    "host/etc/qemu",
					    "host/etc/qemu/networks",
					    "host/run",
					    "host/run/network",
					    "host/sys",
					    "host/sys/class",
					    "host/sys/class/net",
					    "host/sys/class/net/eth1",
					    "host/sys/0000:02:00.0",
					    NULL };

	make_dirs(dirs);
	CHECK(chdir("host") == 0);
	CHECK(symlink("../../../0000:02:00.0", "sys/class/net/eth1/device") == 0);
	CHECK(symlink("../0000:02:10.0", "sys/0000:02:00.0/virtfn0") == 0);
	CHECK(symlink("../0000:02:10.2", "sys/0000:02:00.0/virtfn1") == 0);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct pci_device device = { 0 };

		CHECK(pci_addr_parse(addresses[i], &device.addr) == 0);
		CHECK(topology_add(&topology, &device, NULL) == 0);
	}
}

static void end_host(void)
{
	topology_clear(&topology);
	CHECK(chdir("..") == 0);
	remove_tree("host");
}

/* Whose each device is: "- vfs -" for card, first and second virtual function. */
static const char *networks(void)
{
	static char text[ARRAY_SIZE(addresses) * NETWORK_NAME_LEN];
	struct error err = { 0 };
	struct sysfs sysfs;
	size_t len = 0;

	CHECK(sysfs_open("sys", &sysfs, &err) == 0);
	CHECK(hostdev_networks_mark("etc", "run", &sysfs, &topology, &err) == 0);
	sysfs_close(&sysfs);
	for (size_t i = 0; i < topology.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					topology.devices[i].network[0] ? topology.devices[i].network : "-");
	return text;
}

static void test_a_host_without_networks(void)
{
	new_host();
	CHECK_STR(networks(), "- - -");
	remove_tree("etc");
	remove_tree("run");
	CHECK_STR(networks(), "- - -");
	end_host();
}

static void test_persistent_and_active_networks_count(void)
{
	new_host();
	network(PERSISTENT "vfs.xml", "vfs", VF0);
	network(ACTIVE "transient.xml", "transient", VF2);
	CHECK_STR(networks(), "- vfs transient");
	end_host();
}

static void test_a_physical_function_stands_for_its_virtual_functions(void)
{
	new_host();
	network(PERSISTENT "pool.xml", "pool", "<pf dev='eth1'/>");
	CHECK_STR(networks(), "- pool pool");
	end_host();
}

static void test_a_physical_function_that_is_not_there_stands_for_nothing(void)
{
	new_host();
	network(PERSISTENT "pool.xml", "pool", "<pf dev='eth9'/>");
	CHECK_STR(networks(), "- - -");
	end_host();
}

static void test_devices_that_are_not_ours_do_not_matter(void)
{
	new_host();
	network(PERSISTENT "pool.xml", "pool", "<address type='pci' bus='0x77'/>" VF2);
	CHECK_STR(networks(), "- - pool");
	end_host();
}

static void test_of_several_networks_the_first_by_name_is_told(void)
{
	new_host();
	network(PERSISTENT "b.xml", "b", VF0);
	network(PERSISTENT "a.xml", "a", VF0 VF2);
	network(PERSISTENT "c.xml", "c", VF0 VF2);
	CHECK_STR(networks(), "- a a");
	end_host();
}

static void test_broken_files_say_nothing_and_stop_nothing(void)
{
	new_host();
	put(PERSISTENT "a.xml", "<network><forward mode='hostdev'>" VF0);
	network(PERSISTENT "b.xml", "b", "<address type='pci' bus='none'/>" VF0);
	network(PERSISTENT "c.xml.new", "c", VF0);
	CHECK(mkdir(PERSISTENT "d.xml", 0700) == 0);
	CHECK(symlink("nowhere", PERSISTENT "e.xml") == 0);
	network(PERSISTENT "f.xml", "f", VF2);
	CHECK_STR(networks(), "- - f");
	end_host();
}

static void test_a_file_without_end_is_given_up(void)
{
	new_host();
	network(PERSISTENT "big.xml", "big", VF0);
	CHECK(truncate(PERSISTENT "big.xml", (off_t)1 << 40) == 0);
	network(PERSISTENT "vfs.xml", "vfs", VF2);
	CHECK_STR(networks(), "- - vfs");
	end_host();
}

int main(void)
{
	char dir[] = "/tmp/pcitag-networks-XXXXXX";

	CHECK(mkdtemp(dir) && chdir(dir) == 0);
	RUN(test_a_host_without_networks);
	RUN(test_persistent_and_active_networks_count);
	RUN(test_a_physical_function_stands_for_its_virtual_functions);
	RUN(test_a_physical_function_that_is_not_there_stands_for_nothing);
	RUN(test_devices_that_are_not_ours_do_not_matter);
	RUN(test_of_several_networks_the_first_by_name_is_told);
	RUN(test_broken_files_say_nothing_and_stop_nothing);
	RUN(test_a_file_without_end_is_given_up);
	CHECK(chdir("/") == 0 && rmdir(dir) == 0);
	return 0;
}
