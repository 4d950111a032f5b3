/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bind/override.h"

#include <string.h>

/* The kernel prints "(null)" for an override that is not set. */
int override_of(const struct sysfs *sysfs, const struct pci_addr *addr, char out[static PCI_DRIVER_LEN],
		struct error *err)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN];
	int rc =
		sysfs_read(sysfs, sysfs_device_path(addr, "driver_override", path), out, PCI_DRIVER_LEN, err);

	if (rc == SYSFS_ABSENT)
		out[0] = '\0';
	if (rc < 0)
		return -1;
	if (strcmp(out, "(null)") == 0)
		out[0] = '\0';
	if (out[0] && !pci_driver_name_valid(out))
		return error_set(err, 0, "the driver override of %s is not a driver name: \"%s\"; clear it",
				 pci_addr_format(addr, text), out);
	return 0;
}
