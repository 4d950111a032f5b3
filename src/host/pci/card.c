/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/card.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/pci/device.h"
#include "host/process/progress.h"

int pci_card_read_resets(const struct sysfs *sysfs, struct pci_device *device, struct error *err)
{
	/* The names are from the kernel, drivers/pci/pci.c, pci_reset_fn_methods. */
	static const char *const methods[] = { "flr", "af_flr", "pm" };
	char path[SYSFS_PATH_LEN], text[SYSFS_PATH_LEN];
	int rc = sysfs_read(sysfs, sysfs_device_path(&device->addr, "reset_method", path), text, sizeof(text),
			    err);

	device->resets_alone = false;
	for (const char *word = text; rc == 0 && *word; word = word_at(word, 1)) {
		for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
			device->resets_alone |= word_is(word, methods[i]);
	}
	return rc < 0 ? -1 : 0;
}

/* True for the first endpoint of a slot that is not a virtual function: each slot is handled once. */
static bool begins_card(const struct topology *topology, size_t index)
{
	const struct pci_device *device = &topology->devices[index];

	if (device->is_virtual || !pci_device_is_endpoint(device))
		return false;
	for (size_t i = index; i-- > 0 && pci_addr_same_slot(&topology->devices[i].addr, &device->addr);) {
		if (!topology->devices[i].is_virtual && pci_device_is_endpoint(&topology->devices[i]))
			return false;
	}
	return true;
}

/* A device that failed to answer twice is added without being read, because even its type cannot be read. */
static int add_sibling(const struct sysfs *sysfs, const struct pci_addr *addr, struct topology *out,
		       struct error *err)
{
	struct pci_device device = {
		.addr = *addr, .group = PCI_NO_GROUP, .numa_node = PCI_NO_NODE, .is_unread = true
	};
	int rc = progress_at_device(addr) > 1 ? 0 : pci_device_read_known(sysfs, addr, &device, err);

	if (rc != 0 || device.is_virtual)
		return rc < 0 ? -1 : 0;
	snprintf(device.unclear, sizeof(device.unclear), "was not looked at");
	return topology_add(out, &device, err);
}

static int add_siblings(const struct sysfs *sysfs, const struct topology *topology,
			const struct pci_device *device, struct topology *out, struct error *err)
{
	struct pci_addr addr = device->addr;

	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		addr.function = f;
		if (!topology_find(topology, &addr) && add_sibling(sysfs, &addr, out, err) < 0)
			return -1;
	}
	return 0;
}

static int append(struct topology *topology, const struct topology *more, struct error *err)
{
	for (size_t i = 0; i < more->count; i++) {
		if (topology_add(topology, &more->devices[i], err) < 0)
			return -1;
	}
	if (more->count)
		topology_sort(topology);
	return 0;
}

/* Only a function with a sibling in another group needs its reset methods read. */
static bool is_split(const struct topology *topology, const struct pci_device *device)
{
	struct pci_addr addr = device->addr;

	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		const struct pci_device *other;

		addr.function = f;
		other = topology_find(topology, &addr);
		if (other && other->group != device->group)
			return !device->is_virtual;
	}
	return false;
}

int pci_card_complete(const struct sysfs *sysfs, struct topology *topology, struct error *err)
{
	struct topology more = { 0 };
	int rc = 0;

	for (size_t i = 0; i < topology->count && rc == 0; i++) {
		if (begins_card(topology, i))
			rc = add_siblings(sysfs, topology, &topology->devices[i], &more, err);
	}
	if (rc == 0)
		rc = append(topology, &more, err);
	topology_clear(&more);
	for (size_t i = 0; i < topology->count && rc == 0; i++) {
		if (is_split(topology, &topology->devices[i]))
			rc = pci_card_read_resets(sysfs, &topology->devices[i], err);
	}
	return rc;
}
