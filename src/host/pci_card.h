/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What else is in the slots of the functions that were looked for, as far as the kernel tells it without
 * asking a device. */
#ifndef PCITAG_HOST_PCI_CARD_H
#define PCITAG_HOST_PCI_CARD_H

#include "base/error.h"
#include "host/sysfs.h"
#include "model/topology.h"

/*
 * Adds to @topology, which must be sorted and stays so, every other function of its devices' slots, so that
 * it is known whose card they are (model/card.h). Those were not looked at (is_unread, and unclear says so):
 * they cannot be chosen. Virtual functions are left out: they share slots by chance. Says of each function
 * that has such a sibling in another group whether it resets alone. Returns 0, or -1 with @topology still to
 * be cleared.
 */
int pci_card_complete(const struct sysfs *sysfs, struct topology *topology, struct error *err);

/*
 * Fills in device->resets_alone: has it flr, af_flr or pm among its methods (kernel:
 * Documentation/ABI/testing/sysfs-bus-pci, reset_method, since 5.15; drivers/pci/pci.c, reset_method_show,
 * waits for nothing)? The others ("bus", "cxl_bus", "acpi", "device_specific") reset what else is there, or
 * may. Returns 0, also when the function has just left or has no such file, or -1.
 */
int pci_card_read_resets(const struct sysfs *sysfs, struct pci_device *device, struct error *err);

#endif
