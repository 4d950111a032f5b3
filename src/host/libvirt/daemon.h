/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the libvirt daemon that starts this host's guests: libvirtd, or virtqemud of the modular daemons. */
#ifndef PCITAG_HOST_LIBVIRT_DAEMON_H
#define PCITAG_HOST_LIBVIRT_DAEMON_H

#include <stdint.h>

#include "base/error.h"
#include "model/lease/lease.h"

struct libvirt_daemon {
	const char *name;	   /* "libvirtd" or "virtqemud", also the name of its unit */
	struct process_id process; /* pid 0: systemd starts it on the first connection */
	int64_t started_ms; /* in milliseconds since the epoch, precise to 10 ms; 0 when it does not run */
};

enum { LIBVIRT_DAEMON_ABSENT = 1 };

/*
 * Finds the daemon by its pid file, which exists in @run while the daemon runs as root (libvirt:
 * src/remote/remote_daemon.c, virPidFileConstructPath). The list of processes is not searched, because it
 * includes daemons in containers. Without a pid file, finds it by the socket on which systemd listens for it.
 * @run, @libvirt_run: "/run" and "/run/libvirt"
 * @proc: "/proc"
 * Returns 0, LIBVIRT_DAEMON_ABSENT or -1.
 */
int libvirt_daemon_find(const char *run, const char *libvirt_run, const char *proc,
			struct libvirt_daemon *out, struct error *err);

/* Reads the hard limit for locked memory that the daemon's guests inherit, in bytes or MEMLOCK_UNLIMITED. */
int libvirt_daemon_memlock(const struct libvirt_daemon *daemon, const char *proc, uint64_t *hard,
			   struct error *err);

#endif
