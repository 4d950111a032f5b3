/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/kind.h"

#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

#define ANY_SUBCLASS 0xff

/* The first matching row applies; a row for a whole base class follows those for its subclasses. */
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

#define VENDOR_AMD 0x1022
#define VENDOR_HYGON 0x1d94

/* Vendors of functions that are part of a processor or chipset (pci.ids). */
static bool makes_chipsets(uint16_t vendor)
{
	static const uint16_t vendors[] = {
		0x8086,		  VENDOR_AMD,
		VENDOR_HYGON,	  0x1d17 /* Zhaoxin */,
		0x1106 /* VIA */, 0x0014 /* Loongson */,
	};

	for (size_t i = 0; i < ARRAY_SIZE(vendors); i++) {
		if (vendors[i] == vendor)
			return true;
	}
	return false;
}

/* The vendor's chipset functions are below bridges inside the processor, as if they were in a slot. */
static bool hides_chipset_behind_bridges(uint16_t vendor)
{
	return vendor == VENDOR_AMD || vendor == VENDOR_HYGON;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/*
 * Drivers of functions that are of no use to a guest. Linux, struct pci_driver: drivers/misc/mei,
 * drivers/mfd/intel-lpss-pci.c, drivers/i2c/busses, drivers/spi, drivers/crypto/ccp, drivers/hid/amd-sfh-hid,
 * drivers/hid/intel-ish-hid, drivers/thermal/intel/int340x_thermal, drivers/platform/x86/intel,
 * drivers/hwtracing, arch/x86/events/intel.
 */
static bool is_chipset_driver(const char *driver)
{
	static const char *const drivers[] = {
		"mei_me",
		"mei_txe",
		"intel-lpss",
		"intel-spi",
		"i2c-designware-pci",
		"pxa2xx_spi_pci",
		"dw_dmac_pci",
		"ccp",
		"pcie_mp2_amd",
		"i2c_amd_mp2",
		"intel_ish_ipc",
		"intel_quicki2c",
		"quicki2c",
		"intel_quickspi",
		"quickspi",
		"proc_thermal",
		"proc_thermal_pci",
		"intel_pch_thermal",
		"intel_vsec",
		"isst_if_pci",
		"isst_if_mbox_pci",
		"intel_th_pci",
		"hisi_ptt",
	};

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (strcmp(drivers[i], driver) == 0)
			return true;
	}
	return ends_with(driver, "_uncore") || ends_with(driver, "_edac");
}

/* Functions of any location and driver that belong to the machine: bridge, memory, interrupt controller,
 * timer, IOMMU, event collector, counter. */
static bool is_machine_class(const struct pci_device *device, bool on_root)
{
	switch (pci_class(&device->id)) {
	case 0x0502: /* CXL */
	case 0x0800:
	case 0x0802:
	case 0x0803:
	case 0x0804:
	case 0x0806:
	case 0x0807:
	case 0x1101:
		return true;
	case PCI_CLASS_MEMORY_RAM: /* cards with an FPGA also use this class */
		return on_root;
	default:
		return pci_device_is_host_function(device);
	}
}

/* The vendor's own functions of these classes are not for guests. */
static bool is_chipset_class(const struct pci_device *device, bool on_root)
{
	bool in_chipset = on_root || hides_chipset_behind_bridges(device->id.vendor);

	switch (pci_class(&device->id) >> 8) {
	case 0x07: /* MEI, serial over LAN, UARTs */
		return on_root;
	case 0x0c:
		return on_root && (pci_class(&device->id) == 0x0c80 || pci_class(&device->id) == 0x0c0a);
	case 0x10: /* PSP, TXE */
	case 0x13:
		return in_chipset;
	case 0x11:
		return on_root || (in_chipset && !device->driver[0]);
	case 0x05:
	case 0x06:
	case 0x08:
		return in_chipset && !on_root && !device->driver[0] && pci_class(&device->id) != 0x0805;
	default:
		return false;
	}
}

/* A function with one of these classes, without a slot and without a driver, is not an installed device. */
static bool is_idle_part(const struct pci_device *device, bool on_root)
{
	uint8_t base = pci_class(&device->id) >> 8;

	return on_root && !device->driver[0] &&
	       (base == 0x05 || base == 0x06 || base == 0x08 || base == 0x13) &&
	       pci_class(&device->id) != 0x0805;
}

enum pci_part pci_kind_part(const struct pci_device *device, bool on_root)
{
	if (device->is_bridge || is_machine_class(device, on_root))
		return PCI_PART_OF_MACHINE;
	if (is_chipset_driver(device->driver) ||
	    (makes_chipsets(device->id.vendor) && is_chipset_class(device, on_root)))
		return PCI_PART_OF_CHIPSET;
	return is_idle_part(device, on_root) ? PCI_PART_OF_MACHINE : PCI_PART_NONE;
}
