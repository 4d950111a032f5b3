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
	return vendor == 0x8086 || vendor == VENDOR_AMD || vendor == VENDOR_HYGON ||
	       vendor == 0x1d17 /* Zhaoxin */ || vendor == 0x1106 /* VIA */ ||
	       vendor == 0x0014 /* Loongson */;
}

/* The vendor's chipset functions are below bridges inside the processor, as if they were in a slot. */
static bool hides_chipset_behind_bridges(uint16_t vendor)
{
	return vendor == VENDOR_AMD || vendor == VENDOR_HYGON;
}

/*
 * Drivers of functions that are of no use to a guest. Linux, struct pci_driver: drivers/misc/mei,
 * drivers/mfd/intel-lpss-pci.c, drivers/i2c/busses, drivers/spi, drivers/crypto/ccp, drivers/hid/amd-sfh-hid,
 * drivers/hid/intel-ish-hid, drivers/thermal/intel/int340x_thermal, drivers/platform/x86/intel,
 * drivers/hwtracing, arch/x86/events/intel.
 */
static bool is_chipset_driver(const char *driver)
{
	static const char drivers[] = "mei_me\0mei_txe\0intel-lpss\0intel-spi\0i2c-designware-pci\0"
				      "pxa2xx_spi_pci\0dw_dmac_pci\0ccp\0pcie_mp2_amd\0i2c_amd_mp2\0"
				      "intel_ish_ipc\0intel_quicki2c\0quicki2c\0intel_quickspi\0"
				      "quickspi\0proc_thermal\0proc_thermal_pci\0intel_pch_thermal\0"
				      "intel_vsec\0isst_if_pci\0isst_if_mbox_pci\0intel_th_pci\0"
				      "hisi_ptt\0";

	for (size_t at = 0; at < sizeof(drivers) - 1; at += strlen(drivers + at) + 1) {
		if (strcmp(drivers + at, driver) == 0)
			return true;
	}
	return pci_driver_ends_with(driver, "_uncore") || pci_driver_ends_with(driver, "_edac");
}

/* What belongs to the machine anywhere: bridge, memory, interrupt controller, timer, IOMMU, counters. */
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

/* Classes of reserved functions, while no driver has them. 0805 is a card reader. */
static bool is_idle_class(const struct pci_device *device)
{
	uint8_t base = pci_class(&device->id) >> 8;

	return !device->driver[0] && (base == 0x05 || base == 0x06 || base == 0x08) &&
	       pci_class(&device->id) != 0x0805;
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
	default:
		return in_chipset && !on_root && is_idle_class(device);
	}
}

enum pci_part pci_kind_part(const struct pci_device *device, bool on_root)
{
	if (device->is_bridge || is_machine_class(device, on_root))
		return PCI_PART_OF_MACHINE;
	if (is_chipset_driver(device->driver) ||
	    (makes_chipsets(device->id.vendor) && is_chipset_class(device, on_root)))
		return PCI_PART_OF_CHIPSET;
	/* Such a function, without a slot and without a driver, is not an installed device. */
	if (on_root && (is_idle_class(device) || (!device->driver[0] && pci_class(&device->id) >> 8 == 0x13)))
		return PCI_PART_OF_MACHINE;
	return PCI_PART_NONE;
}
