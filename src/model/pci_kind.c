/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci_kind.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

#define ANY_SUBCLASS 0xff

/* The first row that fits; a row for a whole base class stands behind those for its subclasses. */
static const struct {
	uint8_t base, subclass;
	const char *type;
} kinds[] = {
	{ 0x01, 0x06, "sata" },
	{ 0x01, 0x01, "ide" },
	{ 0x01, 0x08, "nvme" },
	{ 0x01, ANY_SUBCLASS, "hba" },
	{ 0x02, ANY_SUBCLASS, "nic" },
	{ 0x03, ANY_SUBCLASS, "gpu" },
	{ 0x04, 0x01, "audio" },
	{ 0x04, 0x03, "audio" },
	{ 0x04, ANY_SUBCLASS, "media" },
	{ 0x07, ANY_SUBCLASS, "serial" },
	{ 0x08, 0x05, "sdhci" },
	{ 0x09, ANY_SUBCLASS, "input" },
	{ 0x0b, ANY_SUBCLASS, "accelerator" },
	{ 0x0c, 0x00, "firewire" },
	{ 0x0c, 0x03, "usb" },
	{ 0x0c, 0x04, "hba" },
	{ 0x0c, 0x06, "nic" },
	{ 0x0d, ANY_SUBCLASS, "wireless" },
	{ 0x10, ANY_SUBCLASS, "crypto" },
	{ 0x11, ANY_SUBCLASS, "dsp" },
	{ 0x12, ANY_SUBCLASS, "npu" },
};

#define UNKNOWN_TYPE "device"

const char *pci_kind_type(uint16_t class_code)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].base == class_code >> 8 &&
		    (kinds[i].subclass == ANY_SUBCLASS || kinds[i].subclass == (class_code & 0xff)))
			return kinds[i].type;
	}
	return UNKNOWN_TYPE;
}

bool pci_kind_is_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].type, name) == 0)
			return true;
	}
	return strcmp(name, UNKNOWN_TYPE) == 0;
}

bool pci_kind_is_plumbing(const struct pci_device *device)
{
	uint16_t class_code = pci_class(&device->id);

	if (device->is_bridge || pci_device_is_host_function(device))
		return true;
	switch (class_code >> 8) {
	case 0x05: /* memory controllers, CXL memory */
	case 0x06: /* bridges, those with the header of an endpoint, too */
		return true;
	case 0x08: /* interrupt controllers, timers, IOMMUs; an SD host controller takes cards */
		return class_code != 0x0805;
	case 0x11:
		return class_code == 0x1101; /* performance counters */
	default:
		return false;
	}
}
