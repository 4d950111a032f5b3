/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All processes that hold a function of the host, and the units of systemd that they depend on: what must be
 * stopped so that it is let go of. in_use.h finds only the first.
 */
#ifndef PCITAG_HOST_IN_USE_UNIT_HOLDERS_H
#define PCITAG_HOST_IN_USE_UNIT_HOLDERS_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

/* More holders of all functions together than this are not told apart: none of them is then in the list. */
#define UNIT_HOLDERS_MAX 256

struct unit_holder_found {
	size_t device; /* index in the topology */
	struct unit_holder holder;
};

/*
 * Finds the holders of every function that is_held, by what root wrote: the control group is systemd's
 * (cgroups(7)), a session is logind's (host/systemd/session.h). A process counts for the unit that began
 * - its session, if its group is that of the session;
 * - the graphical session of its user, if it belongs to the user's manager;
 * - a graphical session, if it is logind, which opens a session's devices itself.
 * A process that does not answer has no unit.
 * @proc: in production "/proc"; @sessions: "/run/systemd/sessions"
 * @out: receives at most UNIT_HOLDERS_MAX, in the order of the processes
 * Returns 0, with *count 0 when there are more, or -1. It may block, and marks its progress.
 */
int unit_holders_find(const struct sysfs *sysfs, const char *proc, const char *sessions,
		      const struct topology *topology, struct unit_holder_found *out, size_t *count,
		      struct error *err);

#endif
