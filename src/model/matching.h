/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Matching requests with devices so that a solution is found whenever there is one.
 * Two options conflict when they share a function of one slot. Pure.
 */
#ifndef PCITAG_MODEL_MATCHING_H
#define PCITAG_MODEL_MATCHING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pci_addr.h"

struct match_option {
	size_t request;
	struct pci_addr slot; /* function 0 */
	uint8_t functions;    /* bit n: function n of the slot */
};

#define MATCH_NONE 1

/*
 * Gives each request one of its options, no function twice.
 * @options:  grouped by request in ascending order, within it in order of preference
 * @requests: number of requests; each needs exactly one option
 * @chosen:   receives @requests indices into @options: of all solutions the one that
 *            comes first in dictionary order, so the answer is stable
 * Returns 0; MATCH_NONE when there is no solution (*err untouched); -1 for want of
 * memory, or when the search exceeds its bound, which takes hundreds of overlapping
 * multifunction options: plain options (same functions or none in common) are decided
 * in polynomial time.
 */
int match_requests(const struct match_option *options, size_t count, size_t requests, size_t *chosen,
		   struct error *err);

#endif
