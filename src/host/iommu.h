/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's IOMMU, as sysfs and proc(5) show it. */
#ifndef PCITAG_HOST_IOMMU_H
#define PCITAG_HOST_IOMMU_H

#include <stdbool.h>

#include "base/error.h"
#include "host/sysfs.h"
#include "model/host_text.h"

/*
 * Counts the IOMMU groups (kernel: Documentation/ABI/testing/sysfs-kernel-iommu_groups). No group is no
 * IOMMU, or one that is switched off: what the kernel's command line says is no proof.
 */
int iommu_count_groups(const struct sysfs *sysfs, unsigned *count, struct error *err);

/* Functions that could be given to guests, by what isolates them. */
struct iommu_coverage {
	unsigned functions; /* endpoints behind a bridge; where there is none, all endpoints */
	unsigned covered;   /* of these, with an IOMMU group */
};

/*
 * Counts which functions the IOMMU serves: on some Arm boards it has groups for devices of the board alone,
 * on others for what is soldered to the root of PCI, but for no slot. What vanishes meanwhile is not counted.
 */
int iommu_count_covered(const struct sysfs *sysfs, struct iommu_coverage *out, struct error *err);

/* iommu_advice.h for this machine. */
const char *iommu_advice_here(bool has_groups);

/*
 * Are interrupts remapped? Read from /proc/interrupts.
 * @proc: where proc(5) is mounted
 */
int iommu_remapping(const char *proc, enum interrupt_remapping *out, struct error *err);

/*
 * Does every Intel IOMMU of this host know how to remap interrupts? Its extended capabilities say so, bit 3,
 * IR (Intel VT-d specification, 11.4.3; kernel: Documentation/ABI/testing/sysfs-class-iommu-intel-iommu).
 * *found receives whether there is one at all.
 */
int iommu_intel_can_remap(const struct sysfs *sysfs, bool *found, bool *can, struct error *err);

#endif
