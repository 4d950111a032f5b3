/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's IOMMU, as sysfs and proc(5) show it. */
#ifndef PCITAG_HOST_SYSTEM_IOMMU_H
#define PCITAG_HOST_SYSTEM_IOMMU_H

#include <stdbool.h>

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/system/host_text.h"

/*
 * Counts the IOMMU groups, up to @most of them (kernel: Documentation/ABI/testing/sysfs-kernel-iommu_groups).
 * Without any group there is no IOMMU, or it is disabled. The kernel's command line is not proof of either.
 */
int iommu_count_groups(const struct sysfs *sysfs, unsigned most, unsigned *count, struct error *err);

/* Returns whether there is any group; reads no more than the first. */
bool iommu_is_present(const struct sysfs *sysfs);

/* Functions that could be assigned to guests, by isolation. */
struct iommu_coverage {
	unsigned functions; /* endpoints below a bridge; all endpoints when there are none below bridges */
	unsigned covered;   /* those of them that have an IOMMU group */
};

/*
 * Counts the functions that the IOMMU covers. On some Arm boards it has groups only for devices of the board
 * itself, or for those soldered to the PCI root, but not for slots. What vanishes meanwhile does not count.
 */
int iommu_count_covered(const struct sysfs *sysfs, struct iommu_coverage *out, struct error *err);

/* Returns iommu_advice() for this machine. */
const char *iommu_advice_here(bool has_groups);

/* Reads from interrupts of proc(5), mounted at @proc, whether interrupts are remapped. */
int iommu_remapping(const char *proc, enum interrupt_remapping *out, struct error *err);

/*
 * Determines whether every Intel IOMMU of this host supports interrupt remapping: bit 3, IR, of its extended
 * capabilities (Intel VT-d specification, 11.4.3; kernel:
 * Documentation/ABI/testing/sysfs-class-iommu-intel-iommu). *found receives whether there is any such IOMMU.
 */
int iommu_intel_can_remap(const struct sysfs *sysfs, bool *found, bool *can, struct error *err);

#endif
