/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stories pcitag tells: prepare, release, and the plan both the command line and
 * prepare ask for. The only layer that joins model and host, and that logs.
 */
#ifndef PCITAG_FLOW_FLOW_H
#define PCITAG_FLOW_FLOW_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease.h"

/* Where this host keeps its things. Paths are parameters, set by a main; there is no other switch. */
struct flow {
	const char *sys;	 /* "/sys" */
	const char *run;	 /* "/run/pcitag" */
	const char *etc;	 /* "/etc/pcitag" */
	const char *libvirt_etc; /* "/etc/libvirt" */
	const char *libvirt_run; /* "/run/libvirt" */
	const char *proc;	 /* "/proc" */
	const char *udev_run;	 /* "/run/udev" */
};

/* How long to wait for other pcitag processes that decide: each holds the lock for milliseconds. */
#define FLOW_LOCK_TIMEOUT_MS 10000

#define FLOW_REFUSED 1

/*
 * A domain is about to start: gives it the devices it asks for, all or nothing, and notes the host devices
 * that it names by address itself, which are nobody else's as long as it runs.
 * @daemon: the libvirt daemon that runs the hook, whose release will follow; pid 0 when it is gone by now,
 *          and then the start fails
 * @xml, @len: its definition, as libvirt hands it to the hook
 * Returns 0; FLOW_REFUSED with one line in *err when the domain or the host's state does
 * not allow it, nothing touched; -1 with one line in *err when something failed, and then
 * everything is undone, or quarantined and logged.
 */
int flow_prepare(const struct flow *flow, const struct process_id *daemon, const char *xml, size_t len,
		 struct error *err);

/*
 * A domain has ended: gives back what its lease says. Without a lease nothing happens.
 * Bounded by the setting release_timeout; what cannot be given back is quarantined and logged.
 * Returns 0, or -1 with *err (already logged: release has nobody to tell).
 */
int flow_release(const struct flow *flow, const char *xml, size_t len, struct error *err);

#endif
