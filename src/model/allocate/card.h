/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which functions of one slot form one card. Pure. */
#ifndef PCITAG_MODEL_ALLOCATE_CARD_H
#define PCITAG_MODEL_ALLOCATE_CARD_H

#include <stdbool.h>

#include "model/pci/topology.h"
#include "model/registry/registry.h"

/*
 * True when two functions of one slot, in different IOMMU groups, must not be assigned to two domains: unless
 * each has a reset of its own (pci_device.resets_alone). Any other reset of a card resets all of it (kernel:
 * drivers/pci/pci.c, pci_reset_bus_function); without a reset, the state that one guest leaves in its
 * function remains for the next. The same applies on a root bus, where nothing resets the bus, and to kernels
 * before 5.15, which do not list the reset methods: an unknown reset counts as none. Only a second domain is
 * refused; use of the other function by the host does not block the device. False for bridges, and for
 * virtual functions, which share slots but are not parts of one card.
 */
bool card_goes_together(const struct pci_device *device, const struct pci_device *other);

/*
 * True when functions = all, applied to @asked, leaves @device, in the same slot and group, with the host.
 * The slot of a processor's graphics also has parts of the chipset, such as the security processor and
 * reserved functions (model/pci/kind.h), and USB controllers of another vendor. The USB controller of a card
 * that has the socket itself is of the card's vendor (pci.ids: 10de:1ad6, 1002:73a6 as opposed to 1022:15b6).
 */
bool card_is_hosts(const struct pci_device *asked, const struct pci_device *device);

/*
 * True when @model gives @device to the guest with @asked. This applies to @asked itself and to functions
 * that share its slot and its group: those in the list of functions or, with functions = all, all of them
 * except the host's own (card_is_hosts()) that the model neither matches nor forces.
 */
bool model_gives(const struct model *model, const struct pci_device *asked, const struct pci_device *device);

/*
 * The first function that @model would give to the guest with @asked if it were not in another group; NULL
 * for none. One placeholder grants the node of one group (libvirt: src/qemu/qemu_namespace.c,
 * qemuDomainSetupInput), so functions of two groups cannot be one device of the guest.
 */
const struct pci_device *card_split(const struct topology *topology, const struct model *model,
				    const struct pci_device *asked);

#endif
