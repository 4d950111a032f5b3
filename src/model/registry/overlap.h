/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which sections of the registry may match the same device, by their text alone, whatever devices there are.
 * The keys `hosts` and `enabled` do not count: they say where a section applies. Pure.
 */
#ifndef PCITAG_MODEL_REGISTRY_OVERLAP_H
#define PCITAG_MODEL_REGISTRY_OVERLAP_H

#include <stdbool.h>

#include "model/registry/registry.h"

/* True when it follows from the keys that @wide matches every device that @narrow does. */
bool model_covers(const struct model *wide, const struct model *narrow);

/*
 * False when it follows from the keys that no device matches both. Two lists of the same key of
 * model/registry/identity.h that have no word in common are about different devices.
 */
bool models_may_share(const struct model *a, const struct model *b);

#endif
