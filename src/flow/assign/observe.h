/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the host's state without blocking on it: everything that may block is read by a separate process,
 * with no lock held. A device that does not answer in time is left out and reported, and the others are read
 * all the same. The process that waits for it is left to the kernel.
 */
#ifndef PCITAG_FLOW_ASSIGN_OBSERVE_H
#define PCITAG_FLOW_ASSIGN_OBSERVE_H

#include <stdbool.h>

#include "base/error.h"
#include "host/process/progress.h"
#include "host/process/worker.h"
#include "model/pci/topology.h"

/* The result of that process. */
struct observation {
	struct topology topology; /* free it with topology_clear() */
	bool is_partial;	  /* see struct host_state */
	bool has_iommu;
};

/* Fills in @out. Returns 0, or -1 with *err. Runs in a separate process, with which its memory ends. */
typedef int observe_fn(const void *arg, struct observation *out, struct error *err);

/* How long a single device or process may take to answer, in milliseconds. */
#define OBSERVE_QUICKLY_MS 600
#define OBSERVE_PATIENTLY_MS 3000

/*
 * Runs @work in a separate process until it has answered, with a retry for each device or process that does
 * not answer within @patience_ms, and not much longer than that for all of them. @work begins with
 * progress_begin(@progress, @skips); @progress and its results are in memory that both processes share.
 * @skips: what did not answer in an earlier run and is not read again, and what did not answer in this one
 * Returns what @work returns, or -1 when only leaving out everything would help.
 */
int observe_run(worker_fn *work, const void *arg, struct progress *progress, int patience_ms,
		struct progress_skips *skips, struct error *err);

/* Reads the state of the host in the same way with @look. Returns 0, or -1 with the error of @look. */
int observe(observe_fn *look, const void *arg, int patience_ms, struct progress_skips *skips,
	    struct observation *out, struct error *err);

#endif
