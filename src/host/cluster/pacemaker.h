/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Pacemaker knows: its nodes (crm_mon), what they have published (attrd_updater) and its configuration
 * (cibadmin). Its programs are run by their paths.
 */
#ifndef PCITAG_HOST_CLUSTER_PACEMAKER_H
#define PCITAG_HOST_CLUSTER_PACEMAKER_H

#include <stdbool.h>

#include "base/error.h"
#include "host/cluster/answers.h"

/* The attribute that has the report. */
#define FLEET_REPORT "pcitag-report"

/*
 * Asks for them. The caller frees @out with cluster_nodes_clear(), also after a failure.
 * Fails when Pacemaker is not installed or does not run here, or does not answer within seconds.
 */
int cluster_nodes_read(struct cluster_nodes *out, struct error *err);

/* Reads the configuration. The caller frees @out, also after a failure. Fails as cluster_nodes_read(). */
int cluster_config_read(struct cluster_config *out, struct error *err);

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
