/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Pacemaker knows: its nodes (crm_mon), what they have published (attrd_updater) and its configuration
 * (cibadmin). Its programs are run by their paths, and their XML is parsed without trust. Facts:
 * Pacemaker 2.1.5 and 3.0.0 have `--output-as=xml` of both programs (tools/crm_mon.c, tools/attrd_updater.c;
 * lib/pacemaker/ pcmk_output.c, "attribute"), and the CIB's elements since 1.0 (xml/resources-*.rng,
 * constraints-*.rng).
 */
#ifndef PCITAG_HOST_CLUSTER_PACEMAKER_H
#define PCITAG_HOST_CLUSTER_PACEMAKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/fleet/counts.h"

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

/* The attribute that has the report. */
#define FLEET_REPORT "pcitag-report"

void cluster_nodes_clear(struct cluster_nodes *nodes);

/*
 * Asks for them. The caller frees @out with cluster_nodes_clear(), also after a failure.
 * Fails when Pacemaker is not installed or does not run here, or does not answer within seconds.
 */
int cluster_nodes_read(struct cluster_nodes *out, struct error *err);

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

/* Reads the configuration. The caller frees @out, also after a failure. Fails as cluster_nodes_read(). */
int cluster_config_read(struct cluster_config *out, struct error *err);

/* Returns the resource with this definition, or NULL. */
const struct cluster_resource *cluster_find_config(const struct cluster_config *config, const char *path);

/* Returns the order with this id, or this text; NULL for none. */
const struct cluster_order *cluster_find_order(const struct cluster_config *config, const char *id,
					       const char *text);

/* The two programs that configure Pacemaker. */
#define CLUSTER_PCS "/usr/sbin/pcs"
#define CLUSTER_CRM "/usr/sbin/crm"

/* True when this host has the program. */
bool cluster_has(const char *program);

/*
 * Runs a command to its end.
 * @argv: argv[0] is one of the two programs; ends with NULL
 * Fails with what it says.
 */
int cluster_run(char *const argv[], struct error *err);

#endif
