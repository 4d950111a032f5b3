/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host needs for IOMMU groups, which differs by architecture. Pure. */
#ifndef PCITAG_MODEL_IOMMU_ADVICE_H
#define PCITAG_MODEL_IOMMU_ADVICE_H

#include <stdbool.h>

/*
 * What to do where no PCI function has an IOMMU group, as a clause.
 * @machine:    of uname(2): "x86_64", "aarch64", ...
 * @has_groups: something else has: there is an IOMMU that works, and PCI is not behind it
 */
const char *iommu_advice(const char *machine, bool has_groups);

#endif
