/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/parents.h"

#include <limits.h>
#include <string.h>

int pci_parents_physfn(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_addr *physfn,
		       struct error *err)
{
	char path[SYSFS_PATH_LEN], name[PCI_ADDR_LEN];
	int rc =
		sysfs_read_link_name(sysfs, sysfs_device_path(addr, "physfn", path), name, sizeof(name), err);

	if (rc != 0)
		return rc;
	if (pci_addr_parse(name, physfn) != 0)
		return error_set(err, 0, "the link /sys/%s names no PCI function: %s", path, name);
	return 0;
}

/* Finds the last address in @target before that of the function itself. Truncates @target. */
static bool find_parent(char *target, struct pci_addr *parent)
{
	char *slash = strrchr(target, '/');

	while (slash) {
		*slash = '\0';
		slash = strrchr(target, '/');
		if (pci_addr_parse(slash ? slash + 1 : target, parent) == 0)
			return true;
	}
	return false;
}

int pci_parents_read(const struct sysfs *sysfs, struct pci_device *device, struct error *err)
{
	char path[SYSFS_PATH_LEN], target[PATH_MAX];
	int rc = pci_parents_physfn(sysfs, &device->addr, &device->physfn, err);

	device->is_virtual = rc == 0;
	if (rc < 0)
		return -1;
	rc = sysfs_read_link(sysfs, sysfs_device_path(&device->addr, NULL, path), target, sizeof(target),
			     err);
	if (rc == 0)
		device->has_parent = find_parent(target, &device->parent);
	return rc < 0 ? -1 : 0;
}
