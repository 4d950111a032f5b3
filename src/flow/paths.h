/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operations of pcitag: prepare and release, and the plan that both the command line and prepare use.
 * This is the only layer that joins model and host, and the only one that logs.
 */
#ifndef PCITAG_FLOW_PATHS_H
#define PCITAG_FLOW_PATHS_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease/lease.h"

/* The directories pcitag uses on a host. */
struct paths {
	const char *sys;	 /* "/sys" */
	const char *run;	 /* "/run/pcitag" */
	const char *etc;	 /* "/etc/pcitag" */
	const char *libvirt_etc; /* "/etc/libvirt" */
	const char *libvirt_run; /* "/run/libvirt" */
	const char *proc;	 /* "/proc" */
	const char *udev_run;	 /* "/run/udev" */
};

/* Those of a production host. */
extern const struct paths host_paths;

/*
 * How long to wait for other pcitag processes that are choosing devices: each holds the lock for
 * milliseconds.
 */
#define FLOW_LOCK_TIMEOUT_MS 10000

enum {
	FLOW_REFUSED = 1, /* *err states why */
	FLOW_KEPT, /* detaching: the guest has not released the device and keeps it; nothing was removed */
};

/*
 * Prepares a domain that is about to start: assigns the devices it requests, all or nothing, and records the
 * hostdevs that it names by address itself, which are assigned to no other domain as long as it runs.
 * @daemon: the libvirt daemon that runs the hook and will call its release; pid 0 when it no longer runs, and
 *          then the start fails
 * @xml, @len: the domain's definition, as libvirt passes it to the hook
 * Returns 0; FLOW_REFUSED with one line in *err when the domain or the host's state does not allow it, with
 * nothing changed; -1 with one line in *err when something failed, after everything has been undone, or
 * quarantined and logged.
 */
int flow_prepare(const struct paths *paths, const struct process_id *daemon, const char *xml, size_t len,
		 struct error *err);

/*
 * Releases a domain that has ended: returns the devices of its lease to the host. Without a lease it does
 * nothing. The setting release_timeout limits the time; what cannot be returned is quarantined and logged.
 * Returns 0, or -1 with *err, which has already been logged because the hook's release has no caller to
 * report it to.
 */
int flow_release(const struct paths *paths, const char *xml, size_t len, struct error *err);

#endif
