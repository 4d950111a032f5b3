/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where in a cluster a domain could start, by what the nodes have published. Changes nothing. */
#ifndef PCITAG_FLOW_VIEW_CLUSTER_H
#define PCITAG_FLOW_VIEW_CLUSTER_H

#include "flow/paths.h"
#include "host/cluster/pacemaker.h"
#include "model/fleet/remote.h"

/* From this age on, a report is said to be old: four times as old as ocf:pcitag:capacity makes it. */
#define CLUSTER_REPORT_OLD_SECONDS 120
/* Clocks of a cluster's nodes are this far apart at most. */
#define CLUSTER_CLOCK_SECONDS 5

struct cluster_place {
	struct remote_report report; /* of the node; empty when it cannot be read */
	bool has_report;
	int64_t age; /* of the report, in seconds; -1: not known, because its clock is ahead of this one */
	char why[ERROR_MSG_LEN];    /* why the domain could not start there; "" when it could */
	char remark[ERROR_MSG_LEN]; /* what makes that uncertain; "" for nothing */
};

struct cluster_plan {
	struct domain domain;
	bool is_optional[DOMAIN_REQUESTS_MAX]; /* by request */
	struct cluster_nodes nodes;
	struct cluster_place *places; /* owned, by node */
	size_t possible;	      /* how many nodes could start it */
};

void cluster_plan_clear(struct cluster_plan *plan);

/*
 * Makes it for a domain's definition.
 * Returns 0 or -1, also when the definition cannot be read. The caller clears @out, also after a failure.
 */
int flow_cluster_plan(const struct paths *paths, const char *xml, size_t len, struct cluster_plan *out,
		      struct error *err);

#endif
