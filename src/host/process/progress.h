/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reports the progress of a process that inspects the host to the process that waits for it. When the kernel
 * does not answer, the mark names the device or process that was being read, and the next attempt skips it.
 * These functions do nothing in a process that has not called progress_begin().
 */
#ifndef PCITAG_HOST_PROCESS_PROGRESS_H
#define PCITAG_HOST_PROCESS_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "model/pci/address.h"

enum progress_kind {
	PROGRESS_OTHER,
	PROGRESS_DEVICE,
	PROGRESS_PROCESS,
};

/* Located in memory that both processes share. */
struct progress {
	atomic_uint steps;	 /* incremented by each mark */
	atomic_int allowance_ms; /* extra time without a mark: the next step has its own deadlines */
	enum progress_kind kind;
	struct pci_addr addr; /* PROGRESS_DEVICE */
	pid_t pid;	      /* PROGRESS_PROCESS */
};

#define PROGRESS_SKIPS_MAX 32

/* The steps that did not complete in earlier attempts, one entry per attempt. */
struct progress_skips {
	struct progress items[PROGRESS_SKIPS_MAX];
	size_t count;
};

/* From now on this process records its steps in @mark and skips those in @skips. Both must stay valid. */
void progress_begin(struct progress *mark, const struct progress_skips *skips);

/*
 * Marks the start of a query to the device at @addr. Returns the number of earlier failures. Unless it is 0,
 * the caller must not access the device.
 */
unsigned progress_at_device(const struct pci_addr *addr);

/* As progress_at_device(), for reading /proc of process @pid. */
unsigned progress_at_process(pid_t pid);

/* Marks the start of another query, which takes at most @ms milliseconds. Returns as above. */
unsigned progress_at_other(int ms);

#endif
