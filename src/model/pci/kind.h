/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kind of a PCI function, derived from its class. It is a guess that helps to write a registry. Pure. */
#ifndef PCITAG_MODEL_PCI_KIND_H
#define PCITAG_MODEL_PCI_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "model/pci/topology.h"

/*
 * The type that a model of this class usually gets: "gpu", "nic", ...; "device" for others. A valid name.
 * @class_code: without the interface byte (kernel: include/linux/pci_ids.h; meanings: PCI-SIG, "PCI Code and
 * ID Assignment Specification")
 */
const char *pci_kind_type(uint16_t class_code);

/* True when @name is one of those types. */
bool pci_kind_is_type(const char *name);

/* What a function belongs to, when it is not a separate device. */
enum pci_part {
	PCI_PART_NONE,	     /* a device that can be assigned to a guest */
	PCI_PART_OF_MACHINE, /* by its class: bridge, memory, interrupt controller, timer, IOMMU, counters */
	PCI_PART_OF_CHIPSET, /* by vendor, class, driver: MEI, I2C, SPI, PSP, thermal, reserved functions */
};

/*
 * Returns what @device is part of. Classes such as 0580, 0680 and 0880 are ambiguous: with a slot or a driver
 * it is a device (NVSwitch, Coral, DSA, an FPGA). Covers more than pci_device_is_host_function().
 * @on_root: no bridge leads to it (host/describe/facts.h)
 */
enum pci_part pci_kind_part(const struct pci_device *device, bool on_root);

#endif
