/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/vgpu.h"

/* A page, the most that an attribute has. */
#define TYPES_LEN 4097

int pci_vgpu_read_type(const struct sysfs *sysfs, const struct pci_addr *addr, uint16_t *out,
		       struct error *err)
{
	char path[SYSFS_PATH_LEN];
	long type = 0;
	int rc = sysfs_read_number(sysfs,
				   sysfs_device_path(addr, pci_attribute_path(PCI_ATTRIBUTE_VGPU_TYPE), path),
				   &type, err);

	if (rc == 0 && (type < 0 || type > UINT16_MAX))
		return error_set(err, 0, "the number in /sys/%s is not a type that pcitag knows: %ld", path,
				 type);
	*out = (uint16_t)type;
	return rc;
}

void pci_vgpu_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct vgpu_state *out)
{
	char path[SYSFS_PATH_LEN], text[TYPES_LEN];

	*out = (struct vgpu_state){ .is_read = false };
	out->is_read = pci_vgpu_read_type(sysfs, addr, &out->type, NULL) == 0 &&
		       sysfs_read(sysfs, sysfs_device_path(addr, "nvidia/creatable_vgpu_types", path), text,
				  sizeof(text), NULL) == 0 &&
		       vgpu_parse_left(text, out) == 0;
}
