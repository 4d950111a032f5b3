/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks at the host without ever waiting for it: everything that may block is read by a process of its own,
 * with no lock held. A device that does not answer in time is left out, and said to be so, and the others are
 * looked at all the same; the process that waits for it is left to the kernel.
 */
#ifndef PCITAG_FLOW_OBSERVE_H
#define PCITAG_FLOW_OBSERVE_H

#include <stdbool.h>

#include "base/error.h"
#include "host/progress.h"
#include "model/topology.h"

/* What the process finds. */
struct observation {
	struct topology topology; /* free it with topology_clear() */
	bool is_partial;	  /* see struct plan */
	bool has_iommu;
};

/* Fills in @out: 0, or -1 with *err. Runs in a process of its own; what it allocates ends with it. */
typedef int observe_fn(const void *arg, struct observation *out, struct error *err);

/* How long a single device or process may take to answer, in milliseconds. */
#define OBSERVE_QUICKLY_MS 600
#define OBSERVE_PATIENTLY_MS 3000

/*
 * Has @look look at the host, with as many tries as there are devices or processes that do not answer within
 * @patience_ms, and not much longer than that for all of them.
 * @skips: what did not answer in an earlier look and is not asked again, and what did not answer in this one
 * Returns 0, or -1 with the work's own error, or when nothing but leaving out everything would help.
 */
int observe(observe_fn *look, const void *arg, int patience_ms, struct progress_skips *skips,
	    struct observation *out, struct error *err);

#endif
