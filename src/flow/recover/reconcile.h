/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds devices that no other process will return any more, and returns them to the host. libvirt calls the
 * hook's `release` for every domain whose prepare it called, as long as its daemon runs. When the daemon dies
 * in the middle of a start or a stop, release is never called (libvirt: src/qemu/qemu_process.c,
 * qemuProcessReconnect knows only domains with a complete status file).
 */
#ifndef PCITAG_FLOW_RECOVER_RECONCILE_H
#define PCITAG_FLOW_RECOVER_RECONCILE_H

#include "flow/paths.h"
#include "flow/recover/liveness.h"
#include "host/pci/sysfs.h"
#include "host/store/lease_store.h"

enum reconcile_outcome {
	RECONCILE_IN_USE,      /* its domain runs, or is just starting or stopping: not changed */
	RECONCILE_GIVEN_BACK,  /* no process would have returned them: every device is back */
	RECONCILE_FORGOTTEN,   /* from an earlier boot of the host, which has undone everything itself */
	RECONCILE_QUARANTINED, /* something cannot be returned yet */
	RECONCILE_UNREADABLE,  /* the lease cannot be parsed, and its domain may run */
	RECONCILE_DRIVERLESS,  /* every device is back, but one is not accepted by its driver and has none */
};

struct reconcile_item {
	char uuid[UUID_LEN];
	char domain[DOMAIN_NAME_LEN]; /* "" when the lease cannot be read */
	enum reconcile_outcome outcome;
	char why[ERROR_MSG_LEN]; /* one line for messages */
};

struct reconcile_report {
	struct reconcile_item *items; /* owned */
	size_t count;
};

void reconcile_report_clear(struct reconcile_report *report);

/* Returns true when a device of one of them is not back although no running domain is known to have it. */
bool reconcile_left_over(const struct reconcile_report *report);

/* Returns the outcome for a result of restore_lease(). */
enum reconcile_outcome reconcile_outcome_of(int restored);

/* Returns one word, for text and machine-readable output. */
const char *reconcile_outcome_name(enum reconcile_outcome outcome);

/*
 * Processes all leases. A device that was attached to a running domain is returned when libvirt reports that
 * the domain does not have it and its group is closed. libvirt is asked only if @depth is
 * LIVENESS_THOROUGHLY; without an answer the device stays.
 * @except: UUID of a domain whose lease is left to the caller, or ""
 * @report: receives an item for each lease processed; may be NULL
 * Does not wait for open groups. Returns 0 whatever becomes of each lease, or -1 when they cannot be read.
 */
int reconcile(const struct paths *paths, struct lease_store *store, const struct sysfs *sysfs,
	      enum liveness_depth depth, const char *except, int timeout_ms, struct reconcile_report *report,
	      struct error *err);

/*
 * Returns to the host the devices that dead domains still hold; the domain @uuid, called @name, may need
 * them. A failure is not a failure of that domain; it is logged.
 */
void reconcile_others(const struct paths *paths, struct lease_store *store, const struct sysfs *sysfs,
		      const char *uuid, const char *name, int timeout_ms);

/* The same, but opens everything itself and takes the timeout from the settings. */
int flow_reconcile(const struct paths *paths, struct reconcile_report *report, struct error *err);

#endif
