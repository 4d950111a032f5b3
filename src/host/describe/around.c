/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/describe/around.h"

#include <dirent.h>
#include <string.h>

#include "base/fileio.h"
#include "host/pci/scan.h"

/* Returns whether a directory of sysfs has a PCI function in it: 0, SYSFS_ABSENT, or -1. */
static int find_function(const struct sysfs *sysfs, const char *path, bool with_buses, struct error *err);

/* A root bus below a function is a directory pciDDDD:BB (kernel: drivers/pci/probe.c,
 * pci_register_host_bridge). */
static int look_at_entry(const struct sysfs *sysfs, const char *path, const char *name, bool with_buses,
			 struct error *err)
{
	char bus[SYSFS_PATH_LEN];
	struct pci_addr addr;
	int len;

	if (pci_addr_parse(name, &addr) == 0)
		return 0;
	if (!with_buses || strncmp(name, "pci", 3) != 0 || !strchr(name, ':'))
		return SYSFS_ABSENT;
	len = snprintf(bus, sizeof(bus), "%s/%s", path, name);
	return len > 0 && (size_t)len < sizeof(bus) ? find_function(sysfs, bus, false, err) : SYSFS_ABSENT;
}

static int find_function(const struct sysfs *sysfs, const char *path, bool with_buses, struct error *err)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, path, NULL);
	const struct dirent *entry;
	int rc = SYSFS_ABSENT;

	/* It may have been removed. */
	while (dir && rc == SYSFS_ABSENT) {
		if (directory_next(dir, &entry, err) < 0)
			return -1;
		if (!entry)
			break;
		if (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN)
			rc = look_at_entry(sysfs, path, entry->d_name, with_buses, err);
	}
	return rc;
}

/* As topology_sort() would, if the functions below were in the topology. */
static int mark_parents(const struct sysfs *sysfs, struct topology *topology, struct error *err)
{
	for (size_t i = 0; i < topology->count; i++) {
		struct pci_device *device = &topology->devices[i];
		char path[SYSFS_PATH_LEN];
		int rc;

		if (!pci_device_is_endpoint(device))
			continue;
		rc = find_function(sysfs, sysfs_device_path(&device->addr, NULL, path), true, err);
		if (rc < 0)
			return -1;
		device->is_parent = device->is_parent || rc == 0;
	}
	return 0;
}

int pci_around_scan(const struct sysfs *sysfs, const struct lease_list *leases, const void *addr,
		    struct topology *out, struct error *err)
{
	struct pci_addr each = *(const struct pci_addr *)addr;
	int rc = 0;

	*out = (struct topology){ 0 };
	for (uint8_t f = 0; f < PCI_FUNCTIONS && rc == 0; f++) {
		each.function = f;
		rc = pci_scan_add(sysfs, leases, &each, out, err);
	}
	topology_sort(out);
	if (rc == 0)
		rc = mark_parents(sysfs, out, err);
	if (rc < 0)
		topology_clear(out);
	return rc;
}
