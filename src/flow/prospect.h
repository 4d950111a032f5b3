/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether somebody will still call the hook's `release` for a lease: then its devices are not ours to move.
 */
#ifndef PCITAG_FLOW_PROSPECT_H
#define PCITAG_FLOW_PROSPECT_H

#include <stdbool.h>

#include "base/error.h"
#include "host/emulators.h"
#include "model/lease.h"

/* The emulators of this host, looked for when a lease first makes it necessary. */
struct emulator_view {
	const char *libvirt_run; /* "/run/libvirt" */
	struct emulator_list emulators;
	bool is_known;
};

void emulator_view_clear(struct emulator_view *view);

enum prospect {
	PROSPECT_OVERDUE,  /* nobody will: it is given back by who asks, or not at all */
	PROSPECT_DAEMON,   /* libvirt's daemon, which is alive, or is just starting the domain */
	PROSPECT_EMULATOR, /* the domain runs, or that cannot be known */
};

enum prospect_depth {
	PROSPECT_QUICKLY,    /* a lease whose daemon lives is left to it */
	PROSPECT_THOROUGHLY, /* also look whether an emulator is there for it */
};

/*
 * Will libvirt call release for this lease? The daemon that made it does, as long as it lives; another one
 * does for a guest that it found running. Quarantined leases and those whose release was cut short have had
 * their call, and wait for nothing but an emulator that has outlived it. The caller has the lock of the
 * lease's domain, so nobody is at it.
 * @why: receives what says so, one line for people
 */
enum prospect prospect_of(struct emulator_view *view, enum prospect_depth depth, const struct lease *lease,
			  struct error *why);

/* Does the emulator of this lease run? True, too, when that cannot be known. @why: as above, when true. */
bool prospect_emulator_runs(struct emulator_view *view, const struct lease *lease, struct error *why);

#endif
