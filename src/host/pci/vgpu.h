/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vGPU of a virtual function, as its vendor's driver shows it in sysfs (model/pci/setting.h). */
#ifndef PCITAG_HOST_PCI_VGPU_H
#define PCITAG_HOST_PCI_VGPU_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/setting.h"

/*
 * Reads the type of the vGPU alone, 0 for none. Returns 0; SYSFS_ABSENT when its driver has no such
 * attribute, or the function has disappeared; or -1. It may wait for the driver.
 */
int pci_vgpu_read_type(const struct sysfs *sysfs, const struct pci_addr *addr, uint16_t *out,
		       struct error *err);

/* Reads all of it. is_read is set only when both attributes are understood. It may wait for the driver. */
void pci_vgpu_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct vgpu_state *out);

#endif
