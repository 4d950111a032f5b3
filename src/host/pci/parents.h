/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parents of a PCI function, from the links of sysfs. Reading these links never waits for a device. */
#ifndef PCITAG_HOST_PCI_PARENTS_H
#define PCITAG_HOST_PCI_PARENTS_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

/*
 * Reads the physical function of a virtual function (kernel: Documentation/ABI/testing/sysfs-bus-pci,
 * physfn). Returns 0, SYSFS_ABSENT when @addr is not a virtual function or has disappeared, or -1.
 */
int pci_parents_physfn(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_addr *physfn,
		       struct error *err);

/*
 * Sets device->is_virtual, physfn, has_parent and parent. The parent is the nearest PCI function above the
 * device in the device tree. It is usually a bridge. Below a volume management device it is that endpoint,
 * with a separate root bus between the two (kernel: drivers/pci/controller/vmd.c, vmd_enable_domain).
 * Returns 0, also when the function has just disappeared, or -1.
 */
int pci_parents_read(const struct sysfs *sysfs, struct pci_device *device, struct error *err);

#endif
