/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that make a Pacemaker cluster place domains by their devices. */
#ifndef PCITAG_FLOW_CLUSTER_SETUP_H
#define PCITAG_FLOW_CLUSTER_SETUP_H

#include "flow/cluster/script.h"
#include "flow/paths.h"

/* The shell of this host: pcs where it is installed, else crmsh. */
enum cluster_shell cluster_setup_shell(void);

/*
 * Compares the cluster's configuration with what domains of these files and of its resources need: placement
 * by utilization, the clone of ocf:pcitag:capacity, a resource and its utilization for each domain, the
 * orders of starts. What is there already needs no command.
 * @files: absolute paths, separated by blanks; "" for only those that the cluster has
 * Returns 0 or -1. The caller clears @out, also after a failure.
 */
int flow_cluster_setup(const struct paths *paths, enum cluster_shell shell, const char *files,
		       struct cluster_script *out, struct error *err);

/* Runs the commands until one fails. @done: receives how many have succeeded */
int flow_cluster_apply(const struct cluster_script *script, size_t *done, struct error *err);

#endif
