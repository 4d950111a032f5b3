/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which NUMA cell of a guest is where the device of a request will be. */
#ifndef PCITAG_FLOW_CONFIGURE_GUEST_CELL_H
#define PCITAG_FLOW_CONFIGURE_GUEST_CELL_H

#include "base/error.h"
#include "model/lease/domain.h"
#include "model/wish/number_set.h"
#include "model/wish/wish.h"

/* What the registry of this host says of a request. */
struct guest_cell_request {
	const char *text;    /* "npu.1" */
	enum wish_numa numa; /* of its profile */
	struct number_set
		nodes; /* of the devices that match; empty: none is here, or their nodes are unknown */
};

/*
 * Finds the cell of @domain, defined by @xml, on whose node the device of @request will be. The device is
 * chosen at the start, but its node is certain if the domain is bound to one node, or the devices that match
 * are on one of those that it is bound to; and if it is wished to be near.
 * @sys:  where sysfs is mounted
 * @numa: what is wished in addition to what domain and profile say
 * Returns 0; or -1 with *err: what is missing, or why it is not certain.
 */
int guest_cell_find(const char *sys, const char *xml, const struct domain *domain,
		    const struct guest_cell_request *request, enum wish_numa numa, unsigned *cell,
		    struct error *err);

#endif
