/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices for a domain that runs already, and back from it: the stories of attach and detach. */
#ifndef PCITAG_FLOW_ATTACH_H
#define PCITAG_FLOW_ATTACH_H

#include "flow/flow.h"
#include "model/lease.h"

/* Which domain and which device it was about, for people. */
struct attach_result {
	char domain[DOMAIN_NAME_LEN];
	char uuid[UUID_LEN];
	struct lease_grant grant;
};

/*
 * Puts a device for @request into a running domain, for as long as it runs or until flow_detach(): chosen,
 * guarded, bound and noted in the domain's lease as at a start, then handed over by libvirt as a host device.
 * With functions = all the guest gets each function in a slot of its own, as libvirt plugs them one by one.
 * @who:     the domain's name or UUID
 * @request: a type or a model, perhaps with an index; no two of one domain may be the same
 * Returns 0 with *out; FLOW_REFUSED with one line in *err and nothing touched; -1 with one line in *err, and
 * then everything is undone, or quarantined and logged.
 */
int flow_attach(const struct flow *flow, const char *who, const char *request, struct attach_result *out,
		struct error *err);

/* The guest has not let go of it: it keeps it, and nothing was taken away. */
#define FLOW_KEPT 2

/*
 * Takes a device that was attached out of a running domain and gives its group back.
 * @what: the request, or the address of a function that the guest has by it
 * Returns 0 with *out; FLOW_REFUSED, or FLOW_KEPT, with one line in *err; -1 with one line in *err.
 */
int flow_detach(const struct flow *flow, const char *who, const char *what, struct attach_result *out,
		struct error *err);

#endif
