/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs work that may never return in a separate process with a deadline. A write to a driver's `unbind` can
 * block forever and cannot be killed once signalled (kernel: drivers/vfio/vfio_main.c,
 * vfio_unregister_group_dev; sound and GPU drivers likewise).
 */
#ifndef PCITAG_HOST_PROCESS_WORKER_H
#define PCITAG_HOST_PROCESS_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/error.h"

struct worker {
	pid_t pid;  /* 0 when no worker runs */
	int result; /* read end of the pipe for the outcome */
};

/* Does the work in the worker. Returns 0, or with *err set -1 or a value greater than WORKER_STUCK. */
typedef int worker_fn(const void *arg, struct error *err);

/*
 * Starts @work in a child process with descriptors 0, 1 and 2 on /dev/null: libvirt reads the hook's output
 * to its end, and a stuck child that held it open would hang `virsh start`. The child dies with this process,
 * so that a process that returns the devices after a crash does not race with a child that still binds them.
 * @arg: must stay valid until worker_wait() returns
 */
int worker_start(struct worker *worker, worker_fn *work, const void *arg, struct error *err);

enum { WORKER_STUCK = 1 };

/*
 * Waits for the outcome. Returns the value of the work, -1 when the worker died, or WORKER_STUCK when the
 * deadline has passed. In the last case worker->pid is a process that waits in the kernel, where no signal
 * ends it. It does nothing more after that wait, because it dies with this process.
 */
int worker_wait(struct worker *worker, struct deadline deadline, struct error *err);

/* Waits at most @ms milliseconds until the worker has an outcome or has died. */
bool worker_has_ended(const struct worker *worker, int ms);

/*
 * Returns true when the worker is blocked. A runnable worker that waits for a processor on a busy host does
 * not count (proc(5), /proc/PID/stat).
 */
bool worker_is_waiting(const struct worker *worker);

/* Kills the worker, which ends as soon as the kernel permits. worker->pid stays set for messages. */
void worker_abandon(struct worker *worker);

#endif
