/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the free devices a domain gets when it, a profile or a model of the registry has wishes. The first
 * of these that differ decides, summed over the domain's requests:
 *   1. wishes that are required: met, or the domain is refused
 *      how many optional requests get no device: as few as can be
 *   2. how many wishes that are only preferred are not met (numa = preferred)
 *   3. the places in the list `any` of the profiles
 *   4. how many devices are degraded, then for how many of them units must be stopped
 *   5. prefer: what the domain had before (last), the use of the cards (spread, pack)
 *   6. the address, request by request
 * Pure.
 */
#ifndef PCITAG_MODEL_ALLOCATE_CHOICE_H
#define PCITAG_MODEL_ALLOCATE_CHOICE_H

#include "model/allocate/allocator.h"

/* True when a wish may have a say: else the lowest addresses are taken. */
bool choice_is_wished(const struct allocation_input *in, const struct allocation *allocation);

enum { CHOICE_NONE = 2 };

/*
 * Chooses among the candidates that are free. Optional requests that get none are noted in
 * allocation->withouts, each with the wish that is the reason, or with "" when none is.
 * Returns 0; ALLOCATION_REFUSED with the wish that failed in *err; CHOICE_NONE when it is no wish that
 * prevents it; or -1.
 */
int choice_make(const struct allocation_input *in, struct allocation *allocation, struct error *err);

#endif
