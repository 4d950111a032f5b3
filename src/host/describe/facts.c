/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/describe/facts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "host/process/progress.h"

/*
 * The kernel reports these when the register of the link is empty or has not been read
 * (drivers/pci/pci-sysfs.c, max_link_width_show; include/linux/pci.h, PCIE_LNK_WIDTH_UNKNOWN).
 */
#define WIDTH_UNKNOWN 0xff
#define SPEED_UNKNOWN "Unknown"

/* Only some functions have the attribute; one without the registers has the file, but reading it fails. */
static bool read_text(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute,
		      char *buf, size_t size)
{
	char path[SYSFS_PATH_LEN];

	return sysfs_read(sysfs, sysfs_device_path(addr, attribute, path), buf, size, NULL) == 0;
}

static unsigned read_number(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute)
{
	char path[SYSFS_PATH_LEN];
	long value;

	if (sysfs_read_number(sysfs, sysfs_device_path(addr, attribute, path), &value, NULL) != 0 ||
	    value < 0 || value > UINT16_MAX)
		return 0;
	return (unsigned)value;
}

/* The format is "8.0 GT/s PCIe" (drivers/pci/probe.c, pci_speed_string), and "8 GT/s" before Linux 5.7. */
static void read_link(const struct sysfs *sysfs, const struct pci_addr *addr, const char *speed,
		      const char *width, struct pci_link *out)
{
	char *end;

	*out = (struct pci_link){ 0 };
	if (!read_text(sysfs, addr, speed, out->speed, sizeof(out->speed)))
		return;
	out->width = read_number(sysfs, addr, width);
	end = strstr(out->speed, " PCIe");
	if (end)
		*end = '\0';
	keep_one_line(out->speed);
	if (out->width == 0 || out->width == WIDTH_UNKNOWN || out->speed[0] == '\0' ||
	    strncmp(out->speed, SPEED_UNKNOWN, 7) == 0)
		*out = (struct pci_link){ 0 };
}

int pci_facts_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_facts *out,
		   struct error *err)
{
	char path[SYSFS_PATH_LEN], name[PCI_ADDR_LEN];
	int rc;

	*out = (struct pci_facts){ 0 };
	/*
	 * The directory of a function is in the directory of its bridge or of the root bus, which is not a
	 * function (kernel: drivers/pci/probe.c, pci_setup_device). The ".." of a link is that of its target.
	 */
	out->on_root = sysfs_find(sysfs, sysfs_device_path(addr, "../vendor", path), NULL) != 0;
	rc = sysfs_read_link_name(sysfs, sysfs_device_path(addr, "physfn", path), name, sizeof(name), err);
	if (rc < 0)
		return -1;
	out->is_virtual = rc == 0 && pci_addr_parse(name, &out->physical) == 0;
	/* What follows is read from the device, or waits for its lock. */
	if (progress_at_device(addr))
		return 0;
	read_link(sysfs, addr, "current_link_speed", "current_link_width", &out->now);
	read_link(sysfs, addr, "max_link_speed", "max_link_width", &out->most);
	if (!read_text(sysfs, addr, "reset_method", out->reset_methods, sizeof(out->reset_methods)))
		out->reset_methods[0] = '\0';
	keep_one_line(out->reset_methods);
	out->vfs_possible = read_number(sysfs, addr, "sriov_totalvfs");
	return 0;
}

int pci_facts_read_nodes(const struct sysfs *sysfs, struct topology *topology, struct error *err)
{
	for (size_t i = 0; i < topology->count; i++) {
		struct pci_device *device = &topology->devices[i];
		char path[SYSFS_PATH_LEN];
		long node = PCI_NO_NODE;

		/* A kernel without CONFIG_NUMA has no such file. */
		if (sysfs_read_number(sysfs, sysfs_device_path(&device->addr, "numa_node", path), &node,
				      err) < 0)
			return -1;
		device->numa_node = node < 0 || node > INT_MAX ? PCI_NO_NODE : (int)node;
	}
	return 0;
}
