/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Matches requests with devices if possible. Options conflict when they share a function of a slot. Pure. */
#ifndef PCITAG_MODEL_ALLOCATE_ASSIGNMENT_H
#define PCITAG_MODEL_ALLOCATE_ASSIGNMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pci/address.h"

struct match_option {
	size_t request;
	struct pci_addr slot; /* function 0 */
	uint8_t functions;    /* bit n is function n of the slot */
};

enum { MATCH_NONE = 1 };

/*
 * Gives each request one of its options, without using a function twice.
 * @options: grouped by request in ascending order, and within a request in order of preference
 * @requests: number of requests; each needs exactly one option
 * @chosen: receives @requests indices into @options: of all solutions the first in dictionary order, so the
 *        result is stable
 * Returns 0; MATCH_NONE when there is no solution (*err untouched); -1 when out of memory, or when the search
 * exceeds its bound. Exceeding the bound takes hundreds of overlapping multifunction options; plain options
 * (the same functions, or none in common) are decided in polynomial time.
 */
int assignment_find(const struct match_option *options, size_t count, size_t requests, size_t *chosen,
		    struct error *err);

#endif
