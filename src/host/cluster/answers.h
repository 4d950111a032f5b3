/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Pacemaker's programs answer, as XML, which is parsed without trust: crm_mon its nodes, attrd_updater
 * what they have published, cibadmin the configuration. Facts: Pacemaker 2.1.5 and 3.0.0 have
 * `--output-as=xml` of the first two (tools/crm_mon.c, tools/attrd_updater.c; lib/pacemaker/pcmk_output.c,
 * "attribute"), and the CIB's elements since 1.0 (xml/resources-*.rng, constraints-*.rng).
 */
#ifndef PCITAG_HOST_CLUSTER_ANSWERS_H
#define PCITAG_HOST_CLUSTER_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/fleet/counts.h"

/* The programs that answer with the nodes, and with the configuration. */
#define CLUSTER_CRM_MON "/usr/sbin/crm_mon"
#define CLUSTER_CIBADMIN "/usr/sbin/cibadmin"

/* The longest answer that is accepted, in bytes. A cluster of 256 nodes with 2 000 resources has a CIB of 10
 * MiB. */
#define CLUSTER_ANSWER_MAX ((size_t)64 << 20)
/* Names of nodes and ids of resources, with the NUL; longer ones are cut. */
#define CLUSTER_NAME_LEN 128
#define CLUSTER_PATH_LEN 512

struct cluster_node {
	char name[CLUSTER_NAME_LEN];
	bool is_online;
	bool is_unclean; /* it is to be fenced */
	bool is_standby;
	bool is_maintenance;
	bool is_pending; /* it is joining */
	char *report;	 /* owned; what it has published last as FLEET_REPORT; NULL for nothing */
};

struct cluster_nodes {
	struct cluster_node *items; /* owned, in Pacemaker's order */
	size_t count;
};

void cluster_nodes_clear(struct cluster_nodes *nodes);

/*
 * Reads the answer of `crm_mon --output-as=xml`.
 * @text: @len bytes
 * @out:  empty; the caller frees it with cluster_nodes_clear(), also after a failure
 * Fails when it is not well-formed, or has no node.
 */
int cluster_nodes_parse(const char *text, size_t len, struct cluster_nodes *out, struct error *err);

/*
 * Gives each of the nodes what it has published, by the answer of `attrd_updater --query --all`. One that
 * cannot be read is as one without reports.
 */
void cluster_reports_parse(const char *text, size_t len, struct cluster_nodes *out);

/* A resource of a domain. */
struct cluster_resource {
	char id[CLUSTER_NAME_LEN];
	char config[CLUSTER_PATH_LEN];	 /* path of the domain's definition */
	bool is_ours;			 /* ocf:pcitag:Domain; else ocf:heartbeat:VirtualDomain */
	bool is_disabled;		 /* target-role=Stopped */
	struct fleet_counts utilization; /* owned; only the names with FLEET_PREFIX, without it */
};

/* A constraint: the resources of the first set before those of the second. */
struct cluster_order {
	char id[CLUSTER_NAME_LEN];
	char *text; /* owned: "a b > c", in the order of the CIB */
};

struct cluster_config {
	bool places_by_numbers;		       /* the property placement-strategy looks at utilization */
	char capacity[CLUSTER_NAME_LEN];       /* resource with ocf:pcitag:capacity; "" for none */
	char capacity_clone[CLUSTER_NAME_LEN]; /* its clone; "" for none */
	struct cluster_resource *resources;    /* owned */
	size_t resource_count;
	struct cluster_order *orders; /* owned */
	size_t order_count;
};

void cluster_config_clear(struct cluster_config *config);

/*
 * Reads the answer of `cibadmin --query`.
 * @text: @len bytes
 * @out:  empty; the caller frees it with cluster_config_clear(), also after a failure
 * Fails when it is not well-formed, or not a CIB.
 */
int cluster_config_parse(const char *text, size_t len, struct cluster_config *out, struct error *err);

/* Returns the resource with this definition, or NULL. */
const struct cluster_resource *cluster_find_config(const struct cluster_config *config, const char *path);

/* Returns the order with this id, or this text; NULL for none. */
const struct cluster_order *cluster_find_order(const struct cluster_config *config, const char *id,
					       const char *text);

#endif
