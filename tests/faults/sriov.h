/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual functions: how they are made and removed with a fault, and a host that has vGPUs. */
#ifndef FAULTS_SRIOV_H
#define FAULTS_SRIOV_H

#include <stdbool.h>

#include "faults/stories.h"

/* Whether @story makes or removes virtual functions, or has vGPUs. */
bool makes_vfs(const struct story *story);
bool has_vgpu_story(const struct story *story);

/* Removes what the following have written below /etc. */
void sriov_forget(void);

/* A card with a virtual function that a model makes a vGPU. */
void sriov_add_vgpu(void);

/* One story with one fault, its recovery, and the story once more without a fault. */
void sriov_run(const struct story *story, const struct kind *kind, const struct fault *fault, struct run *run,
	       struct finding *finding);

#endif
