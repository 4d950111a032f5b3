/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what tells one device from another of the same kind, and where it is plugged in. */
#ifndef PCITAG_HOST_PCI_MARKS_H
#define PCITAG_HOST_PCI_MARKS_H

#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

/*
 * Sets place, marks and, unless the device is not to be accessed (is_unread, is_dead), serial of a function.
 * What cannot be read is "": the wwid and the serial number of an NVMe controller, and the hardware address
 * of a network card, are known only while its own driver has it.
 *
 * bus/pci/slots/NAME/address is "DOMAIN:BUS:SLOT" (kernel: drivers/pci/slot.c, address_read_file); label is
 * of ACPI or SMBIOS (drivers/pci/pci-label.c); net/NAME/address of an interface with addr_assign_type 0
 * (permanent, Documentation/ABI/testing/sysfs-class-net); nvme/NAME/NAMEnN/wwid of the first namespace
 * (drivers/nvme/host/core.c, wwid_show).
 *
 * Only the serial number accesses the device, which may never answer: call this in a process that is awaited
 * with a deadline.
 */
void pci_marks_read(const struct sysfs *sysfs, struct pci_device *device);

#endif
