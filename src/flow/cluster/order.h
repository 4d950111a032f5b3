/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of starts: who asks by model starts before who asks by type. */
#ifndef PCITAG_FLOW_CLUSTER_ORDER_H
#define PCITAG_FLOW_CLUSTER_ORDER_H

#include "flow/cluster/members.h"

/*
 * Adds the commands for the order in which the domains are to start: of two that start together, the one with
 * the narrower request first, so that the wider one does not take its only device.
 * @members: sets the layers of the domains
 * Returns 0 or -1.
 */
int cluster_order_narrow_first(struct cluster_members *members, struct cluster_script *script,
			       struct error *err);

#endif
