/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host needs for IOMMU groups. It depends on the architecture. Pure. */
#ifndef PCITAG_MODEL_SYSTEM_IOMMU_ADVICE_H
#define PCITAG_MODEL_SYSTEM_IOMMU_ADVICE_H

#include <stdbool.h>

/*
 * Returns, as a clause, what to do on a host where no PCI function has an IOMMU group.
 * @machine: from uname(2): "x86_64", "aarch64", ...
 * @has_groups: other devices have groups: an IOMMU works, but does not translate for PCI
 */
const char *iommu_advice(const char *machine, bool has_groups);

#endif
