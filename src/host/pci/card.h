/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Adds the other functions in the slots of the requested devices, as far as the kernel reports them without
 * access to a device.
 */
#ifndef PCITAG_HOST_PCI_CARD_H
#define PCITAG_HOST_PCI_CARD_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

/*
 * Adds to @topology all other functions in the slots of its devices, so that the owner of each card is known
 * (model/allocate/card.h). @topology must be sorted and stays sorted. The added functions are not inspected
 * (is_unread is set, and unclear says so), and cannot be chosen. Virtual functions are not added: they share
 * slots only by chance. Also sets resets_alone for each function that has a sibling in another group. Returns
 * 0 or -1. The caller clears @topology in both cases.
 */
int pci_card_complete(const struct sysfs *sysfs, struct topology *topology, struct error *err);

/*
 * Sets device->resets_alone when flr, af_flr or pm is among the function's methods (kernel:
 * Documentation/ABI/testing/sysfs-bus-pci, reset_method, since 5.15; drivers/pci/pci.c, reset_method_show,
 * does not wait). The other methods ("bus", "cxl_bus", "acpi", "device_specific") reset, or may reset, other
 * devices as well.
 * Returns 0, also when the function has just disappeared or has no such file, or -1.
 */
int pci_card_read_resets(const struct sysfs *sysfs, struct pci_device *device, struct error *err);

#endif
