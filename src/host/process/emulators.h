/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists the running emulators of qemu:///system from libvirt's files, which only root can write: the status
 * of each domain, and the pid file that an emulator's process writes, still as root, before it executes the
 * emulator (libvirt: src/qemu/qemu_process.c, qemuProcessLaunch; src/util/virpidfile.c). Information that a
 * process controls itself, its command line, its name and its open files, is not used.
 *
 * A daemon that is killed leaves these files, and the pid in them may belong to another process by now. Such
 * a process is recognized by its user, if that cannot be the emulator's; any other counts as the emulator.
 */
#ifndef PCITAG_HOST_PROCESS_EMULATORS_H
#define PCITAG_HOST_PROCESS_EMULATORS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "host/xml/domain_status.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"

struct emulator {
	char *domain;		     /* owned: its name, as in the file names */
	struct domain_status status; /* uuid "": there is a pid file but no status yet */
	char *text;		     /* owned: the text of the status, NULL for none */
	int64_t noted_ms;	     /* time of the pid file, ms since the epoch; only without a status */
	bool is_unknown;	     /* its files cannot be parsed */
};

struct emulator_list {
	struct emulator *items; /* owned */
	size_t count;
};

/*
 * Reads libvirt's files.
 * @libvirt_run: "/run/libvirt"
 * @out: receives the list; the caller frees it with emulators_clear()
 * Fails when the emulators cannot be determined; a failure must not be taken for an empty list.
 */
int emulators_list(const char *libvirt_run, struct emulator_list *out, struct error *err) MUST_CHECK;
void emulators_clear(struct emulator_list *list);

/*
 * Finds the process that runs a domain.
 * @domain: its name, NULL when it is not known; where there is a status, only the UUID is compared
 * @out: receives its pid, 0 for none
 * Fails when that cannot be determined.
 */
int emulators_find(const struct emulator_list *list, const char *uuid, const char *domain, pid_t *out,
		   struct error *err) MUST_CHECK;

/*
 * Does the same for a request of which only the link is known: finds a process whose domain has its
 * placeholder or, for an attached device (whose owner is a UUID), the domain itself.
 */
int emulators_find_request(const struct emulator_list *list, const struct request *request, pid_t *out,
			   struct error *err) MUST_CHECK;

/*
 * Finds a process that @daemon has forked and that has not executed another program yet; *out is 0 for none.
 * The kernel gave it a copy of the daemon's memory, with the same randomized addresses (proc(5),
 * /proc/PID/stat: startstack, arg_start). A forked process may be about to become an emulator.
 * Fails when that cannot be determined.
 */
int emulators_find_fork(const struct process_id *daemon, pid_t *out, struct error *err) MUST_CHECK;

#endif
