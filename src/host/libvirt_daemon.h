/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon of libvirt that starts this host's guests: libvirtd, or virtqemud of its modular form. */
#ifndef PCITAG_HOST_LIBVIRT_DAEMON_H
#define PCITAG_HOST_LIBVIRT_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "model/lease.h"

struct libvirt_daemon {
	const char *name;	   /* "libvirtd" or "virtqemud": also that of its unit */
	struct process_id process; /* pid 0: it is started when somebody connects */
	int64_t started_ms;	   /* of the epoch, to a hundredth of a second; 0 when it does not run */
};

#define LIBVIRT_DAEMON_ABSENT 1

/*
 * Finds it by its pid file, which it has in @run as long as it runs as root (libvirt:
 * src/remote/remote_daemon.c, virPidFileConstructPath), and not among all processes: those of containers
 * are none of ours. Otherwise by the socket on which systemd waits for it.
 * @run, @libvirt_run: "/run" and "/run/libvirt"; @proc: "/proc"
 * Returns 0, LIBVIRT_DAEMON_ABSENT or -1.
 */
int libvirt_daemon_find(const char *run, const char *libvirt_run, const char *proc,
			struct libvirt_daemon *out, struct error *err);

/* Reads the hard limit for locked memory that it hands on to guests, in bytes or MEMLOCK_UNLIMITED. */
int libvirt_daemon_memlock(const struct libvirt_daemon *daemon, const char *proc, uint64_t *hard,
			   struct error *err);

#endif
