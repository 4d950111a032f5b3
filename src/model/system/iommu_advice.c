/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/system/iommu_advice.h"

#include <stddef.h>

#include "base/cleanup.h"

/*
 * The beginning of a machine's name, and what provides an IOMMU for its PCI host bridge. Linux:
 * drivers/iommu/Kconfig; Documentation/devicetree/bindings/pci/pci-iommu.txt; drivers/acpi/arm64/iort.c,
 * drivers/acpi/riscv/rimt.c; drivers/vfio/Kconfig (VFIO_IOMMU_SPAPR_TCE).
 */
static const struct {
	const char *machine, *none, *some;
} rows[] = {
	{ "x86_64", "switch VT-d or AMD-Vi on in its firmware and boot it with intel_iommu=on",
	  "update the firmware, whose DMAR or IVRS table leaves the PCI slots out; journalctl -k tells what "
	  "it has (DMAR, AMD-Vi)" },
	{ "i?86", "switch VT-d or AMD-Vi on in its firmware and boot it with intel_iommu=on",
	  "update the firmware, whose DMAR or IVRS table leaves the PCI slots out" },
	{ "aarch64",
	  "switch the SMMU on in its firmware; the kernel needs CONFIG_ARM_SMMU or CONFIG_ARM_SMMU_V3",
	  "the SMMU does not serve PCI: the PCI host needs iommu-map in the device tree, or a mapping in the "
	  "IORT table of ACPI; a board without an SMMU in front of PCI cannot pass devices through" },
	{ "arm", "a board with an SMMU in front of PCI is needed (device tree: iommu-map)",
	  "the SMMU does not serve PCI: the PCI host needs iommu-map in the device tree" },
	{ "ppc",
	  "run on bare metal (PowerNV), or give a pseries guest devices; the kernel needs "
	  "CONFIG_SPAPR_TCE_IOMMU",
	  "the PCI host bridge needs a DMA window (ibm,dma-window in the device tree)" },
	{ "s390", "configure the PCI functions to this system; the kernel needs CONFIG_S390_IOMMU",
	  "configure the PCI functions to this system; the kernel needs CONFIG_S390_IOMMU" },
	{ "riscv",
	  "an IOMMU is needed, in the device tree or the RIMT table of ACPI; the kernel needs "
	  "CONFIG_RISCV_IOMMU (Linux 6.13)",
	  "the IOMMU does not serve PCI: the PCI host needs iommu-map in the device tree, or a mapping in "
	  "the RIMT table of ACPI" },
};

/* True when @machine begins with @pattern. A '?' matches any character. */
static bool begins(const char *machine, const char *pattern)
{
	for (; *pattern; machine++, pattern++) {
		if (*machine == '\0' || (*pattern != '?' && *pattern != *machine))
			return false;
	}
	return true;
}

const char *iommu_advice(const char *machine, bool has_groups)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (begins(machine, rows[i].machine))
			return has_groups ? rows[i].some : rows[i].none;
	}
	return "an IOMMU in front of PCI is needed, that firmware describes and the kernel has a driver for";
}
