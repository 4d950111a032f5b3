/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domains of a cluster: those that have a resource, and those that are to have one. */
#ifndef PCITAG_FLOW_CLUSTER_MEMBERS_H
#define PCITAG_FLOW_CLUSTER_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "flow/cluster/script.h"
#include "flow/paths.h"
#include "host/cluster/pacemaker.h"
#include "host/xml/domain.h"
#include "model/fleet/demand.h"
#include "model/registry/registry.h"

struct cluster_member {
	char path[CLUSTER_PATH_LEN];
	char id[CLUSTER_NAME_LEN];		 /* of its resource */
	const struct cluster_resource *resource; /* NULL: it has none yet */
	struct domain domain;			 /* owned */
	struct fleet_counts demand;		 /* owned */
	size_t layer;				 /* in the order of starts */
	bool is_ordered;			 /* it starts before or after another one */
};

struct cluster_members {
	struct registry registry;	/* of this host */
	struct cluster_config config;	/* what the cluster has now */
	struct cluster_member *members; /* owned */
	size_t count;
};

void cluster_members_clear(struct cluster_members *members);

/*
 * Reads the registry, the cluster's configuration, and the definitions of its resources and of these files.
 * @files:  absolute paths, separated by blanks; "" for none
 * @script: receives remarks about resources that are left as they are
 * Returns 0 or -1. The caller clears @out, also after a failure.
 */
int cluster_members_read(const struct paths *paths, const char *files, struct cluster_members *out,
			 struct cluster_script *script, struct error *err);

#endif
