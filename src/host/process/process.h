/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes by pid and start time, and the current boot of the host. */
#ifndef PCITAG_HOST_PROCESS_PROCESS_H
#define PCITAG_HOST_PROCESS_PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/lease/lease.h"

/* Returns the pid that an entry of /proc or /proc/PID/task names, or 0 for any other entry. */
static inline pid_t process_entry_pid(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *end == '\0' && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* Reads the start time of @pid (proc(5), /proc/PID/stat field 22). Fails when the process does not exist. */
int process_identify(pid_t pid, struct process_id *out, struct error *err);

/*
 * Returns true while this process runs. A zombie does not run, unless some of its threads do, because its
 * files then stay open. Returns true when the state cannot be read, since the caller is about to remove what
 * a running process uses.
 */
bool process_is_alive(const struct process_id *process);

/* As process_is_alive(), for the process that currently has this pid. */
bool process_runs(pid_t pid);

/* Reads the parent of a process (proc(5), /proc/PID/stat field 4); 0 for none. Fails when it has ended. */
int process_parent(pid_t pid, pid_t *out, struct error *err);

/* Reads its start in ms since the epoch, to a hundredth of a second, by the current wall clock. */
int process_started(const struct process_id *process, int64_t *out_ms);

/*
 * Reads the owner of the process: the real user ID (proc(5), /proc/PID/status: Uid), which a program cannot
 * change without privileges.
 */
int process_user(pid_t pid, uid_t *out, struct error *err);

/* Addresses of code, stack, arguments and environment; a forked process has those of its parent. */
struct process_memory {
	uint64_t addresses[4];
};

/*
 * Reads the addresses (proc(5), /proc/PID/stat fields 26, 28, 48 and 50). Unlike /proc/PID/cmdline, this does
 * not wait while another process works on that memory. Fails with an errno value in err->code when the
 * process has ended, and with 0 there when the kernel does not permit the read.
 */
int process_look_at_memory(pid_t pid, struct process_memory *out, struct error *err);

/*
 * Returns true when this errno value, from reading below /proc/PID, means that the process has ended. The
 * directory is then gone, and reading an already open file of it fails with ESRCH (proc(5)).
 */
bool process_means_ended(int code);

/* ---- the control group, which root (systemd, libvirt) assigns: a process cannot choose its own --------- */

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

/* ---- the host ---------------------------------------------------------------------------------------- */

/* Reads /proc/sys/kernel/random/boot_id (random(4)). */
int process_boot_id(char out[static BOOT_ID_LEN], struct error *err);

/* Generates a new UUID (random(4), /proc/sys/kernel/random/uuid). */
int process_random_uuid(char out[static UUID_LEN], struct error *err);

#endif
