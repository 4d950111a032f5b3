/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of each device of a host under each of its names, for other hosts to read. Pure. */
#ifndef PCITAG_MODEL_FLEET_REPORT_H
#define PCITAG_MODEL_FLEET_REPORT_H

#include <stddef.h>

#include "base/error.h"
#include "model/allocate/allocator.h"
#include "model/fleet/counts.h"

/* One device as requests by these names see it; of several, in short. */
struct fleet_entry {
	struct pci_addr addr;	   /* of the first one */
	size_t count;		   /* how many there are like it */
	struct fleet_counts names; /* owned; the numbers mean nothing */
	struct verdict verdict;	   /* of the first one */
};

struct fleet_report {
	struct fleet_entry *items; /* owned */
	size_t count;
};

void fleet_report_clear(struct fleet_report *report);

/*
 * Lists every device that a name of the registry matches, ordered by address: one entry for the names under
 * which requests get it by the same model.
 * @out: empty; the caller frees it, also after a failure
 * Fails when out of memory.
 */
int fleet_report_make(const struct allocation_input *in, struct fleet_report *out, struct error *err);

/* Joins the entries with the same names and kind of reason. The order is that of the first of each. */
void fleet_report_shorten(struct fleet_report *report);

/*
 * Returns the model by which a request for @name gets @device, NULL for none: the first one in the registry's
 * order or, of a profile, in that of its list (allocator.c, find_answering).
 */
const struct model *fleet_model_of(const struct registry *registry, const char *name,
				   const struct pci_device *device);

#endif
