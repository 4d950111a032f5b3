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
 * Does functions = all, asked for @asked, leave @device, of its slot and group, with the host? A processor
 * with graphics has more in its slot than the graphics: what is part of the chipset, such as the security
 * processor and reserved functions (model/pci_kind.h), and USB controllers of another maker than the
 * graphics. A card with a USB socket of its own has a controller of the card's maker (pci.ids: 10de:1ad6,
 * 1002:73a6 against 1022:15b6).
 */
bool card_is_hosts(const struct pci_device *asked, const struct pci_device *device);

/*
 * Does @model hand @device to the guest when it is asked for @asked? True for @asked itself, and of what
 * shares its slot and its group for those in the list of functions, or with functions = all for all but the
 * host's own (card_is_hosts()) that the model neither matches nor forces.
 */
bool model_gives(const struct model *model, const struct pci_device *asked, const struct pci_device *device);

/*
 * The first function that @model would hand to the guest with @asked if it were not in another group; NULL
 * for none. One placeholder grants the node of one group (libvirt: src/qemu/qemu_namespace.c,
 * qemuDomainSetupInput), so that the two cannot be one device of the guest.
 */
const struct pci_device *card_split(const struct topology *topology, const struct model *model,
				    const struct pci_device *asked);

#endif
