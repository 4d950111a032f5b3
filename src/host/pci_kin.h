/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose child a PCI function is, as the links of sysfs say it: reading those never waits for a device. */
#ifndef PCITAG_HOST_PCI_KIN_H
#define PCITAG_HOST_PCI_KIN_H

#include "base/error.h"
#include "host/sysfs.h"
#include "model/topology.h"

/*
 * Reads the physical function of a virtual one (kernel: Documentation/ABI/testing/sysfs-bus-pci, physfn).
 * Returns 0, SYSFS_ABSENT when @addr is none, or is gone, or -1.
 */
int pci_kin_physfn(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_addr *physfn,
		   struct error *err);

/*
 * Fills in device->is_virtual, physfn, has_parent and parent: the PCI function nearest above it in the tree
 * of devices. That is a bridge as a rule; below a volume management device it is that endpoint, with a root
 * bus of its own between the two (kernel: drivers/pci/controller/vmd.c, vmd_enable_domain).
 * Returns 0, also when the function has just left, or -1.
 */
int pci_kin_read(const struct sysfs *sysfs, struct pci_device *device, struct error *err);

#endif
