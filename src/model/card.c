/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/card.h"

static bool is_of_a_card(const struct pci_device *device)
{
	return !device->is_virtual && pci_device_is_endpoint(device);
}

bool card_goes_together(const struct pci_device *device, const struct pci_device *other)
{
	return pci_addr_same_slot(&device->addr, &other->addr) && is_of_a_card(device) &&
	       is_of_a_card(other) && device->group != other->group &&
	       !(device->resets_alone && other->resets_alone);
}
