/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/allocate/card.h"

#include "model/pci/kind.h"

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

bool card_is_hosts(const struct pci_device *asked, const struct pci_device *device)
{
	if (pci_device_is_host_function(device))
		return device->driver[0] == '\0';
	if (pci_class(&device->id) == PCI_CLASS_SERIAL_USB)
		return device->id.vendor != asked->id.vendor;
	return pci_kind_part(device, !device->has_parent) != PCI_PART_NONE;
}

/* True when @model gives @device, which is in the slot of @asked, to the guest, regardless of its group. */
static bool wants(const struct model *model, const struct pci_device *asked, const struct pci_device *device)
{
	if (!pci_device_is_endpoint(device) || !pci_addr_same_slot(&device->addr, &asked->addr))
		return false;
	if (model->functions == FUNCTIONS_LIST)
		return model->function_list & (1U << device->addr.function);
	if (model->functions != FUNCTIONS_ALL)
		return false;
	return !card_is_hosts(asked, device) || model_forces(model, &device->addr) ||
	       (!pci_device_is_host_function(device) && model_matches(model, device));
}

bool model_gives(const struct model *model, const struct pci_device *asked, const struct pci_device *device)
{
	return device == asked || (device->group == asked->group && wants(model, asked, device));
}

const struct pci_device *card_split(const struct topology *topology, const struct model *model,
				    const struct pci_device *asked)
{
	struct pci_addr addr = asked->addr;

	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		const struct pci_device *other;

		addr.function = f;
		other = topology_find(topology, &addr);
		if (other && other->group != asked->group && is_of_a_card(asked) && is_of_a_card(other) &&
		    wants(model, asked, other))
			return other;
	}
	return NULL;
}
