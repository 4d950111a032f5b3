/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/index.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fileio.h"

/*
 * udev's name for a device without a node is "+SUBSYSTEM:NAME" (sd-device/device-private.c,
 * sd_device_get_device_id).
 */
#define ENTRY_PREFIX "+pci:"

DIR *pci_index_open(const char *udev, uint16_t vendor, uint16_t device)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/tags/pcitag-0x%04x-0x%04x", udev, vendor, device);

	/* opendir(3) sets close-on-exec itself. */
	return len > 0 && (size_t)len < sizeof(path) ? opendir(path) : NULL;
}

int pci_index_next(DIR *dir, struct pci_addr *out, struct error *err)
{
	static const size_t prefix = sizeof(ENTRY_PREFIX) - 1;
	const struct dirent *entry;

	do {
		if (directory_next(dir, &entry, err) < 0)
			return -1;
		if (!entry)
			return PCI_INDEX_END;
	} while (strncmp(entry->d_name, ENTRY_PREFIX, prefix) != 0 ||
		 pci_addr_parse(entry->d_name + prefix, out) != 0);
	return 0;
}
