/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serial numbers of cards: they distinguish two of the same kind. */
#ifndef PCITAG_HOST_PCI_SERIAL_H
#define PCITAG_HOST_PCI_SERIAL_H

#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

/*
 * Reads the capability Device Serial Number from the configuration space (PCI Express Base
 * Specification 5.0, 7.9.3; only root can read beyond the header), and the serial number of an NVMe
 * controller while its driver has it (kernel: drivers/nvme/host/sysfs.c). What cannot be read is "". Accesses
 * the device, which may never answer: call it in a process that is awaited with a deadline.
 */
void pci_serial_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_serial *out);

#endif
