/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pcitag keeps on this host: whether it can be read, and what it says. Reads no device. */
#ifndef PCITAG_FLOW_VIEW_HEALTH_H
#define PCITAG_FLOW_VIEW_HEALTH_H

#include "flow/paths.h"
#include "host/store/counters.h"
#include "host/store/lease_store.h"

struct health {
	bool registry_valid; /* registry and settings contain no mistake */
	size_t models;	     /* that the registry describes, 0 when it cannot be read */
	bool leases_readable;
	struct lease_list leases; /* those that can be read */
	struct counters counters; /* since boot */
};

/* Reads all of it. The caller frees it with health_clear(). */
void health_read(const struct paths *paths, struct health *out);
void health_clear(struct health *health);

/*
 * Reads the leases only; none are left by a host that has not started a domain since boot.
 * @out: receives those that can be read; the caller frees it with lease_list_clear(), also after a failure
 * Returns 0; LEASE_STORE_CORRUPT with *err when some cannot be read; or -1.
 */
int health_read_leases(const struct paths *paths, struct lease_list *out, struct error *err);

#endif
