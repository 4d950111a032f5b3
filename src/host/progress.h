/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a process that looks at the host is at, told to the one that waits for it: when the kernel does not
 * answer, the mark says which device or process it was about, and the next try leaves that one out. In a
 * process that has not called progress_begin() all of this does nothing.
 */
#ifndef PCITAG_HOST_PROGRESS_H
#define PCITAG_HOST_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "model/pci_addr.h"

enum progress_kind {
	PROGRESS_OTHER,
	PROGRESS_DEVICE,
	PROGRESS_PROCESS,
};

/* In memory that both processes share. */
struct progress {
	atomic_uint steps; /* grows with each mark */
	atomic_int
		allowance_ms; /* what comes has deadlines of its own: so much more may pass without a mark */
	enum progress_kind kind;
	struct pci_addr addr; /* PROGRESS_DEVICE */
	pid_t pid;	      /* PROGRESS_PROCESS */
};

#define PROGRESS_SKIPS_MAX 32

/* What did not answer in earlier tries: each entry is one try. */
struct progress_skips {
	struct progress items[PROGRESS_SKIPS_MAX];
	size_t count;
};

/* From now on this process tells @mark what it is at, and leaves out what @skips says. Both must stay. */
void progress_begin(struct progress *mark, const struct progress_skips *skips);

/* About to ask something of the device at @addr. Returns how often that went wrong before: 0, or it is to be
 * left alone. */
unsigned progress_at_device(const struct pci_addr *addr);

/* The same for what /proc has on process @pid. */
unsigned progress_at_process(pid_t pid);

/* About to ask for something else, which takes at most @ms. Returns as above. */
unsigned progress_at_other(int ms);

#endif
