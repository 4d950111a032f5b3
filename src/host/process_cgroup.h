/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which control group a process is in: what root (systemd, libvirt) put it into, and nothing that the process
 * says of itself.
 */
#ifndef PCITAG_HOST_PROCESS_CGROUP_H
#define PCITAG_HOST_PROCESS_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#define PROCESS_CGROUP_LEN 256

/*
 * Reads the path of its group in systemd's hierarchy (cgroups(7), /proc/PID/cgroup), such as
 * "/system.slice/systemd-logind.service". @proc: in production "/proc". Returns false, and "", when that
 * cannot be told.
 */
bool process_cgroup(const char *proc, pid_t pid, char out[static PROCESS_CGROUP_LEN]);

/* Has libvirt started it as part of a guest (libvirt: src/util/vircgroup.c; machine.slice, or /machine
 * without systemd)? */
bool process_is_guest(const char *proc, pid_t pid);

/*
 * Does it serve who sits at this host: logind, a display manager, or a process of a login at a seat (systemd:
 * systemd-logind.service, display-manager.service and its usual names, session-N.scope)?
 */
bool process_is_seat(const char *proc, pid_t pid);

#endif
