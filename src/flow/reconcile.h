/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds what nobody will give back any more, and gives it back. libvirt calls the hook's `release` for
 * every domain whose prepare it called, as long as its daemon lives; when that dies in the middle of a start
 * or a stop, nobody does (libvirt: src/qemu/qemu_process.c, qemuProcessReconnect knows only domains with a
 * complete status file).
 */
#ifndef PCITAG_FLOW_RECONCILE_H
#define PCITAG_FLOW_RECONCILE_H

#include "flow/flow.h"
#include "flow/prospect.h"
#include "host/lease_store.h"
#include "host/sysfs.h"

enum reconcile_outcome {
	RECONCILE_IN_USE,      /* its domain runs, or is just starting or stopping: left alone */
	RECONCILE_GIVEN_BACK,  /* nobody would have: every device is back */
	RECONCILE_FORGOTTEN,   /* of an earlier boot of the host, which has undone everything itself */
	RECONCILE_QUARANTINED, /* something cannot go back yet */
	RECONCILE_UNREADABLE,  /* the lease cannot be understood, and its domain may run */
	RECONCILE_DRIVERLESS, /* every device is back, but a driver did not take its own: that one has none */
};

struct reconcile_item {
	char uuid[UUID_LEN];
	char domain[DOMAIN_NAME_LEN]; /* "" when the lease cannot be read */
	enum reconcile_outcome outcome;
	char why[ERROR_MSG_LEN]; /* one line for people */
};

struct reconcile_report {
	struct reconcile_item *items; /* owned */
	size_t count;
};

void reconcile_report_clear(struct reconcile_report *report);

/* One word for people and programs. */
const char *reconcile_outcome_name(enum reconcile_outcome outcome);

/*
 * Goes through all leases.
 * A device that was put into a running domain goes back when libvirt says that the domain has not got it and
 * its group is closed; libvirt is asked only if @depth is PROSPECT_THOROUGHLY, and without an answer it
 * stays.
 * @except: UUID of a domain whose lease is left to the caller, or ""
 * @report: receives an item for each lease looked at; NULL when nobody wants to know
 * Does not wait for groups that somebody has open. Returns 0 however the leases fare, -1 when they cannot
 * be gone through.
 */
int reconcile(const struct flow *flow, struct lease_store *store, const struct sysfs *sysfs,
	      enum prospect_depth depth, const char *except, int timeout_ms, struct reconcile_report *report,
	      struct error *err);

/* The same as a whole: opens everything, takes the time limit from the settings. */
int flow_reconcile(const struct flow *flow, struct reconcile_report *report, struct error *err);

#endif
