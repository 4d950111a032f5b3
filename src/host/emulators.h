/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The emulators of qemu:///system that run, as libvirt's files tell, which only root can write: the status of
 * each domain, and the pid file that an emulator's process writes, still as root, before it becomes one
 * (libvirt: src/qemu/qemu_process.c, qemuProcessLaunch; src/util/virpidfile.c). What a process says of
 * itself, its command line and name, does not count, nor what it has open.
 *
 * A daemon that is killed leaves these files behind, and their pid may be another process by now. Such a one
 * is told by its user, where that can be no emulator's; any other counts as the emulator.
 */
#ifndef PCITAG_HOST_EMULATORS_H
#define PCITAG_HOST_EMULATORS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "host/domain_status.h"
#include "model/domain.h"
#include "model/lease.h"

struct emulator {
	char *domain;		     /* owned: its name, as files have it */
	struct domain_status status; /* uuid "": there is a pid file, and no status yet */
	char *text;		     /* owned: the status as it was read, NULL for none */
	int64_t noted_ms;	     /* when the pid file was written, of the epoch; without a status */
	bool is_unknown;	     /* its files cannot be understood */
};

struct emulator_list {
	struct emulator *items; /* owned */
	size_t count;
};

/*
 * Reads what libvirt keeps.
 * @libvirt_run: "/run/libvirt"
 * @out: receives it; for emulators_clear()
 * Fails when that cannot be known, which is not to be taken for "none".
 */
int emulators_list(const char *libvirt_run, struct emulator_list *out, struct error *err) MUST_CHECK;
void emulators_clear(struct emulator_list *list);

/*
 * Finds the process that runs a domain.
 * @domain: its name, NULL when it is not known; the UUID decides, where there is a status
 * @out: receives its pid, 0 for none
 * Fails when that cannot be known.
 */
int emulators_find(const struct emulator_list *list, const char *uuid, const char *domain, pid_t *out,
		   struct error *err) MUST_CHECK;

/*
 * The same for a request of which only the link is known: a process whose domain has its placeholder, or, for
 * a device that was attached (its owner is a UUID then), the domain itself.
 */
int emulators_find_request(const struct emulator_list *list, const struct request *request, pid_t *out,
			   struct error *err) MUST_CHECK;

/*
 * A process that @daemon has forked and that has not become another program yet, 0 for none: the kernel gave
 * it the daemon's own memory, places chosen at random included (proc(5), /proc/PID/stat: startstack,
 * arg_start). Of those that it forks, one may be about to become an emulator.
 * Fails when that cannot be known.
 */
int emulators_find_fork(const struct process_id *daemon, pid_t *out, struct error *err) MUST_CHECK;

#endif
