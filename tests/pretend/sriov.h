/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual functions: how they come and go, and the vGPUs that a vendor's driver makes of them. */
#ifndef PRETEND_SRIOV_H
#define PRETEND_SRIOV_H

#include "pretend/kernel.h"

/* A write to sriov_numvfs: 0 or a negative errno. */
int sriov_set_number(struct kernel *k, struct device *pf, const char *text);

/* True for a VF whose PF has types of vGPUs. */
bool has_vgpus(const struct device *vf);
/* True when the card of this VF has room for one more of this type. */
bool vgpu_fits(const struct device *vf, int type);
/* Its vGPU becomes one of this type, whatever fits. */
void vgpu_become(struct device *vf, int type);
/* A write to current_vgpu_type: 0 or a negative errno. */
int vgpu_set_type(const struct model *m, struct device *vf, const char *text);

#endif
