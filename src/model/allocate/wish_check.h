/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which wishes a candidate meets: for the choice, and for `pcitag plan`. Pure. */
#ifndef PCITAG_MODEL_ALLOCATE_WISH_CHECK_H
#define PCITAG_MODEL_ALLOCATE_WISH_CHECK_H

#include "model/allocate/allocator.h"

enum wish_met { WISH_MET, WISH_NOT_MET, WISH_UNKNOWN };

/* Whether a device is near the domain. On a host with one NUMA node, every device is. */
enum wish_met wish_is_near(const struct allocation_input *in, const struct pci_device *device);

/* A wish about one candidate, and whether it is met. */
struct wish_check {
	const char *wish;  /* "numa", "together", "apart", "prefer" or "any" */
	const char *value; /* "required", "switch", "last", or the name of the profile */
	enum wish_met met;
	size_t rank; /* for "any": its place in the list, from 1 */
};

/* numa, any, prefer; together and apart of a profile and of each wish of the domain, as far as there is room.
 */
#define WISH_CHECKS_MAX 16

/*
 * Checks the wishes for a candidate. Those about several requests are checked with the devices that the
 * others get. Returns how many there are.
 */
size_t wish_check_all(const struct allocation_input *in, const struct allocation *allocation,
		      const struct candidate *candidate, struct wish_check checks[static WISH_CHECKS_MAX]);

/* Returns "met", "not met" or "unknown". */
const char *wish_met_name(enum wish_met met);

#endif
