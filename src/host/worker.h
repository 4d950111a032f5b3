/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Work that may never return, in a process of its own with a deadline. Writing to a
 * driver's `unbind` can wait for ever and cannot be killed once signalled (kernel:
 * drivers/vfio/vfio_main.c, vfio_unregister_group_dev; sound and GPU drivers likewise).
 */
#ifndef PCITAG_HOST_WORKER_H
#define PCITAG_HOST_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/error.h"

struct worker {
	pid_t pid;  /* 0 when none runs */
	int result; /* read end of the pipe the outcome comes through */
};

/* Does the work: 0, or -1 with *err set, or more than WORKER_STUCK with *err set. Runs in the worker process.
 */
typedef int worker_fn(const void *arg, struct error *err);

/*
 * Starts @work in a child with descriptors 0, 1 and 2 on /dev/null: libvirt reads the
 * hook's output to its end, and a stuck child that held it would hang `virsh start`.
 * The child dies with this process: who gives back after a crash must not meet somebody who still binds.
 * @arg: must live until worker_wait() returns
 */
int worker_start(struct worker *worker, worker_fn *work, const void *arg, struct error *err);

#define WORKER_STUCK 1

/*
 * Waits for the outcome. Returns what the work did, -1 when it died, or
 * WORKER_STUCK when the deadline passed: then worker->pid names a process that waits in the kernel, where
 * no signal ends it. It does nothing more when that wait ends, because it dies with this process.
 */
int worker_wait(struct worker *worker, struct deadline deadline, struct error *err);

/* Waits at most @ms for it to have an outcome, or to have died. */
bool worker_has_ended(const struct worker *worker, int ms);

/* Does it wait for something just now? On a host that is short of processors one that could run waits for
 * its turn, which is not the same (proc(5), /proc/PID/stat). */
bool worker_is_waiting(const struct worker *worker);

/* Gives up on it: it ends as soon as the kernel lets it. worker->pid stays, to name it. */
void worker_abandon(struct worker *worker);

#endif
