/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A running domain and its lease, for attach and detach. */
#ifndef PCITAG_FLOW_HOTPLUG_RUNNING_DOMAIN_H
#define PCITAG_FLOW_HOTPLUG_RUNNING_DOMAIN_H

#include "base/error.h"
#include "flow/paths.h"
#include "host/pci/sysfs.h"
#include "host/store/lease_store.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"

struct running {
	const struct paths *paths;
	struct domain domain; /* its current state; its requests are those of its start */
	struct sysfs sysfs;
	struct lease_store store;
	struct lease lease; /* read by running_domain_lock() */
};

/*
 * Asks libvirt for the domain; locks attach and detach until running_domain_close(), also after a failure.
 * @who: name or UUID
 * Returns 0, or with *err FLOW_REFUSED (no such domain, not running, another attach or detach) or -1.
 */
int running_domain_open(const struct paths *paths, const char *who, struct running *out, struct error *err);
void running_domain_close(struct running *running);

/*
 * Takes the lock of the domain's devices and reads its lease; when the domain has no lease (any more), a new
 * one is created that is not on disk. After a failure nothing is locked. The caller must not hold this lock
 * while it asks libvirt: libvirt may be ending the domain, whose release takes the same lock.
 * Returns 0, FLOW_REFUSED or -1, with *err.
 */
int running_domain_lock(struct running *running, struct error *err);
void running_domain_unlock(struct running *running);

#endif
