/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control group of a process, which root (systemd, libvirt) assigns. The process itself cannot choose it.
 */
#ifndef PCITAG_HOST_PROCESS_CGROUP_H
#define PCITAG_HOST_PROCESS_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#define PROCESS_CGROUP_LEN 256

/*
 * Reads the path of the process's group in systemd's hierarchy (cgroups(7), /proc/PID/cgroup), such as
 * "/system.slice/systemd-logind.service".
 * @proc: in production "/proc"
 * Returns false, with "" in @out, when the path cannot be read.
 */
bool process_cgroup(const char *proc, pid_t pid, char out[static PROCESS_CGROUP_LEN]);

/*
 * Returns true when libvirt started the process as part of a guest (libvirt: src/util/vircgroup.c;
 * machine.slice, or /machine without systemd).
 */
bool process_is_guest(const char *proc, pid_t pid);

/*
 * Returns true when the process serves a local seat: logind, a display manager, or a process of a login at a
 * seat (systemd: systemd-logind.service, display-manager.service and its usual names, session-N.scope).
 */
bool process_is_seat(const char *proc, pid_t pid);

#endif
