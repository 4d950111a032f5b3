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

/* What @model gives of the slot of @asked, in whatever groups it is. */
static bool is_asked_for(const struct model *model, const struct pci_device *device)
{
	switch (model->functions) {
	case FUNCTIONS_ONE:
		return false;
	case FUNCTIONS_LIST:
		return model->function_list & (1U << device->addr.function);
	case FUNCTIONS_ALL:
		break;
	}
	/* Nothing of the chipset becomes part of a card because it sits in the same slot. */
	return device->driver[0] || !pci_device_is_host_function(device) ||
	       model_forces(model, &device->addr);
}

bool model_gives(const struct model *model, const struct pci_device *asked, const struct pci_device *device)
{
	if (device == asked)
		return true;
	return device->group == asked->group && pci_device_is_endpoint(device) &&
	       pci_addr_same_slot(&device->addr, &asked->addr) && is_asked_for(model, device);
}
