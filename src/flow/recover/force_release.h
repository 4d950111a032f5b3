/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Returns one domain's devices at the administrator's request, when libvirt never called its release. */
#ifndef PCITAG_FLOW_RECOVER_FORCE_RELEASE_H
#define PCITAG_FLOW_RECOVER_FORCE_RELEASE_H

#include <stdbool.h>

#include "base/error.h"
#include "flow/paths.h"
#include "flow/recover/reconcile.h"
#include "model/lease/lease.h"

struct released_device {
	struct pci_addr addr;
	int group;
	enum member_role role;
	bool had_driver;	     /* a driver to restore was recorded */
	bool is_back;		     /* false: it stays, quarantined */
	bool is_there;		     /* false: the function no longer exists on the host */
	char driver[PCI_DRIVER_LEN]; /* its current driver, "" for none */
};

/* The result for one lease of the domain. */
struct released_lease {
	char uuid[UUID_LEN];
	char domain[DOMAIN_NAME_LEN];
	enum reconcile_outcome outcome; /* any but RECONCILE_IN_USE and RECONCILE_UNREADABLE */
	char why[ERROR_MSG_LEN]; /* why no other process would return it, or what keeps the rest; one line */
	struct released_device *devices;
	size_t device_count;
};

struct release_report {
	struct released_lease *leases; /* owned */
	size_t count;
};

void release_report_clear(struct release_report *report);

/*
 * Returns the devices of the domain @name (a name or a UUID) to the host, as reconcile does, for it alone.
 * @force: false: when libvirt will not release it, no emulator runs for it and no process has its groups
 *         open; true: also when libvirt's daemon runs. A start in progress then finds the links gone and
 *         fails, or is detected, and everything stays. Groups that a process has open are not changed; only
 *         the other devices of the domain are returned.
 * @report: filled also on refusal and failure; the caller frees it with release_report_clear()
 * Returns 0; FLOW_REFUSED with one line in *err, and nothing that this line is about changed; or -1.
 */
int flow_release_domain(const struct paths *paths, const char *name, bool force,
			struct release_report *report, struct error *err);

#endif
