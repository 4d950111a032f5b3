/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kind of thing a PCI function is, by its class: a guess, for people who write a registry. Pure. */
#ifndef PCITAG_MODEL_PCI_KIND_H
#define PCITAG_MODEL_PCI_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "model/topology.h"

/*
 * The type that a model of this class is likely to be given: "gpu", "nic", ...; "device" when the class tells
 * nothing. A legal name always.
 * @class_code: without the interface byte (kernel: include/linux/pci_ids.h; the PCI-SIG's "PCI Code and ID
 *              Assignment Specification" has the meanings)
 */
const char *pci_kind_type(uint16_t class_code);

/* Is @name one of those types? */
bool pci_kind_is_type(const char *name);

/* What a function belongs to that was not put into the machine for its own sake. */
enum pci_part {
	PCI_PART_NONE,	     /* a device that a guest could have */
	PCI_PART_OF_MACHINE, /* by its class: bridge, memory, interrupt controller, timer, IOMMU, counters */
	PCI_PART_OF_CHIPSET, /* by vendor, class and driver: MEI, I2C, SPI, PSP, thermal, reserved functions
			      */
};

/*
 * What @device is part of. Classes such as 0580, 0680 and 0880 are of both kinds: there a slot or a driver
 * makes a device of it (NVSwitch, Coral, DSA, an FPGA). More than what may never be lent
 * (pci_device_is_host_function()).
 * @on_root: no bridge leads to it (pci_facts.h)
 */
enum pci_part pci_kind_part(const struct pci_device *device, bool on_root);

#endif
