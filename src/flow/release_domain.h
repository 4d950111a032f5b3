/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives back what one domain holds, because an administrator says so: libvirt never called its release. */
#ifndef PCITAG_FLOW_RELEASE_DOMAIN_H
#define PCITAG_FLOW_RELEASE_DOMAIN_H

#include <stdbool.h>

#include "base/error.h"
#include "flow/flow.h"
#include "flow/reconcile.h"
#include "model/lease.h"

struct released_device {
	struct pci_addr addr;
	int group;
	enum member_role role;
	bool had_driver;	     /* that it was to go back to */
	bool is_back;		     /* false: it stays, quarantined */
	bool is_there;		     /* false: the host has no such function any more */
	char driver[PCI_DRIVER_LEN]; /* the one it is on now, "" for none */
};

/* What became of one lease of the domain. */
struct released_lease {
	char uuid[UUID_LEN];
	char domain[DOMAIN_NAME_LEN];
	enum reconcile_outcome outcome; /* any but in use and unreadable */
	char why[ERROR_MSG_LEN];	/* what says that nobody else would; what keeps the rest: a line */
	struct released_device *devices;
	size_t device_count;
};

struct release_report {
	struct released_lease *leases; /* owned */
	size_t count;
};

void release_report_clear(struct release_report *report);

/*
 * Gives back what the domain holds, which @name names, or its UUID: like reconcile, for this domain alone.
 * @force: false: when libvirt will not release it, no emulator runs for it and nobody has its groups open;
 *         true: also when libvirt's daemon lives. A start that is on its way then finds the links gone and
 *         fails, or is noticed, and everything stays. Groups that somebody has open are not touched, only
 *         what else the domain holds goes back.
 * @report: filled also on refusal and failure; free it with release_report_clear()
 * Returns 0; FLOW_REFUSED with one line in *err, and nothing of what that line is about touched; or -1.
 */
int flow_release_domain(const struct flow *flow, const char *name, bool force, struct release_report *report,
			struct error *err);

#endif
