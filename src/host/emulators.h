/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The emulators that run on this host, by the domain each runs: the argument that follows "-uuid" (libvirt:
 * src/qemu/qemu_command.c, qemuBuildCommandLine). The wrapper, which is about to become one, counts.
 */
#ifndef PCITAG_HOST_EMULATORS_H
#define PCITAG_HOST_EMULATORS_H

#include <sys/types.h>

#include "base/error.h"
#include "model/domain.h"
#include "model/lease.h"

struct emulator {
	char uuid[UUID_LEN];
	pid_t pid;
};

struct emulator_list {
	struct emulator *items; /* owned: the caller frees it */
	size_t count;
};

/*
 * Looks at every process once.
 * Fails when that cannot be known, which is not to be taken for "none".
 */
int emulators_list(struct emulator_list *out, struct error *err) MUST_CHECK;

/* The process that runs the domain @uuid, 0 for none. */
pid_t emulators_find(const struct emulator_list *list, const char *uuid);

/*
 * A process that @daemon has forked and that has not become another program yet, 0 for none: its command
 * line is still the daemon's (proc(5), /proc/PID/cmdline). Of those that it forks, one may be about to become
 * an emulator. Another daemon with the same command line, younger than this one, is taken for such a process.
 * Fails when that cannot be known.
 */
int emulators_find_fork(const struct process_id *daemon, pid_t *out, struct error *err) MUST_CHECK;

#endif
