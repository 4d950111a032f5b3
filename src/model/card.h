/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which functions of one slot are one card. Pure. */
#ifndef PCITAG_MODEL_CARD_H
#define PCITAG_MODEL_CARD_H

#include <stdbool.h>

#include "model/registry.h"
#include "model/topology.h"

/*
 * Are these two functions of one slot, told apart by the IOMMU, that must not be lent to two domains? They
 * are unless each has a reset of its own (pci_device.resets_alone): what else resets a card resets all of it
 * (kernel: drivers/pci/pci.c, pci_reset_bus_function), or nothing does, and what one guest left in its
 * function is there for the next. It is the same on a root bus, where nothing resets the bus, and for a
 * kernel before 5.15, which does not say what resets there are: "cannot tell" is no reset. The price is
 * small, for only a second domain is refused; that the host uses the other function is no obstacle. False for
 * virtual functions, which share slots without being of one card, and for bridges.
 */
bool card_goes_together(const struct pci_device *device, const struct pci_device *other);

/*
 * Does @model hand @device to the guest when it is asked for @asked? True for @asked itself, and of what
 * shares its slot and its group for those in the list of functions, or with functions = all for all but what
 * belongs to the host.
 */
bool model_gives(const struct model *model, const struct pci_device *asked, const struct pci_device *device);

#endif
