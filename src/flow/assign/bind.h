/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes the chosen devices from the host, for a start and for a running domain alike. */
#ifndef PCITAG_FLOW_ASSIGN_BIND_H
#define PCITAG_FLOW_ASSIGN_BIND_H

#include "flow/assign/host_state.h"

/*
 * Checks that every driver to which members of @lease, which has a grant, are to be bound is available.
 * @missing: receives the first driver that is missing, "" otherwise
 * Returns 0, or FLOW_REFUSED with *err.
 */
int bind_check_drivers(const struct sysfs *sysfs, const struct lease *lease,
		       char missing[static PCI_DRIVER_LEN], struct error *err);

/* Loads the driver's module and checks for the driver's directory in sysfs. Returns 0 or FLOW_REFUSED. */
int bind_load_driver(const struct sysfs *sysfs, const char *driver, int timeout_ms);

/*
 * Binds every member of @lease, which is on disk, to its driver, and verifies that its groups can be assigned
 * to a guest. The caller holds the lock of the lease's domain. After a failure the caller returns all of it.
 * @lease: receives, for each member, the errors that do not count because they are of before; and what became
 *         of it (is_moved, is_full), also after a failure
 * @kernel_us: receives the kernel's time in microseconds: the slowest member's, as they move in parallel
 */
int bind_lease(const struct sysfs *sysfs, const struct lease_store *store, struct lease *lease,
	       int timeout_ms, int64_t *kernel_us, struct error *err);

/* Log what is taken by force although the host uses it, what each request got, and which got nothing. */
void bind_log_forced(const struct host_state *host, const struct domain *domain);
void bind_log_grants(const struct lease *lease);
void bind_log_withouts(const struct host_state *host, const struct domain *domain);

#endif
