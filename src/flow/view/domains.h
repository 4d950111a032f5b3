/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's domains and what they ask for, for pcitag-domain. */
#ifndef PCITAG_FLOW_VIEW_DOMAINS_H
#define PCITAG_FLOW_VIEW_DOMAINS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/lease/domain.h"

struct domain_view {
	char name[DOMAIN_NAME_LEN];
	char uuid[UUID_LEN];
	bool is_running;
	bool is_persistent;   /* it has a definition that outlives its process */
	bool is_saved;	      /* its next start goes on from a saved state */
	struct error problem; /* why a start would refuse the definition; an empty message for no reason */
	struct request *requests; /* owned, in the order of the definition; none if there is a problem */
	size_t request_count;
};

struct domains_view {
	struct domain_view *items; /* owned, ordered by name */
	size_t count;
};

/*
 * Reads the domains of qemu:///system.
 * @out: overwritten; the caller clears it, also after a failure
 */
int domains_view_read(struct domains_view *out, struct error *err);
void domains_view_clear(struct domains_view *view);

#endif
