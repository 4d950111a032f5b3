/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decision about a start that does not take place. */
#ifndef PCITAG_FLOW_VIEW_PREVIEW_H
#define PCITAG_FLOW_VIEW_PREVIEW_H

#include "flow/assign/plan.h"
#include "host/xml/domain_remarks.h"

struct flow_plan {
	struct domain domain;
	struct host_state host;
	struct lease lease;
	bool is_read; /* host is filled in */
	int outcome;  /* 0, or FLOW_REFUSED with refusal */
	struct error refusal;
	struct domain_remarks remarks; /* what the definition says in vain */
};

/*
 * Makes it for a domain's definition, without the store's lock.
 * Returns 0, also for a domain that is refused, or -1. The caller clears @out, also after a failure.
 */
int flow_plan(const struct paths *paths, const char *xml, size_t len, struct flow_plan *out,
	      struct error *err);
void flow_plan_clear(struct flow_plan *plan);

#endif
