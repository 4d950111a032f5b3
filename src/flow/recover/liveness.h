/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the hook's `release` will still be called for a lease: pcitag must not move its devices then. */
#ifndef PCITAG_FLOW_RECOVER_LIVENESS_H
#define PCITAG_FLOW_RECOVER_LIVENESS_H

#include <stdbool.h>

#include "base/error.h"
#include "host/process/emulators.h"
#include "model/lease/lease.h"

/* The emulators of this host, read when a lease first needs them, and libvirt's daemon. */
struct emulator_view {
	const char *libvirt_run; /* "/run/libvirt" */
	struct emulator_list emulators;
	bool is_known;
	struct process_id living; /* a daemon that was found alive: most leases have the same one */
};

void emulator_view_clear(struct emulator_view *view);

enum liveness {
	LIVENESS_OVERDUE,  /* it will not be called: the caller returns the devices, or no process does */
	LIVENESS_DAEMON,   /* by libvirt's daemon, which runs, or is just starting the domain */
	LIVENESS_EMULATOR, /* the domain runs, or that cannot be determined */
};

enum liveness_depth {
	LIVENESS_QUICKLY,    /* a lease whose daemon runs is left to that daemon */
	LIVENESS_THOROUGHLY, /* also checks whether an emulator runs for it */
};

/*
 * Determines whether libvirt will call release for this lease. The daemon that made the lease does, as long
 * as it runs; another daemon does for a guest that it found running. For quarantined leases and for those
 * whose release was interrupted, release has already been called; they wait only for an emulator that still
 * runs. The caller holds the lock of the lease's domain, so no other process is working on it.
 * @why: receives the reason, one line for messages
 */
enum liveness liveness_of(struct emulator_view *view, enum liveness_depth depth, const struct lease *lease,
			  struct error *why);

/* Returns true when the daemon that made this lease still runs. */
bool liveness_daemon_runs(struct emulator_view *view, const struct lease *lease);

/* Returns true, with @why, when the emulator of this lease runs or when that cannot be determined. */
bool liveness_emulator_runs(struct emulator_view *view, const struct lease *lease, struct error *why);

#endif
