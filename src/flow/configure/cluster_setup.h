/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that make a Pacemaker cluster place domains by their devices. */
#ifndef PCITAG_FLOW_CONFIGURE_CLUSTER_SETUP_H
#define PCITAG_FLOW_CONFIGURE_CLUSTER_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "flow/paths.h"

enum cluster_shell { CLUSTER_SHELL_PCS, CLUSTER_SHELL_CRM };

/* One command; words[0] is the path of its program. */
struct cluster_command {
	char **words; /* owned, and so is each; NULL behind the last one */
	size_t count;
};

struct cluster_setup {
	enum cluster_shell shell;
	struct cluster_command *commands; /* owned, in the order in which they are to be run */
	size_t count;
	char **remarks; /* owned: what a person has to know or do; one line each */
	size_t remark_count;
};

void cluster_setup_clear(struct cluster_setup *setup);

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
		       struct cluster_setup *out, struct error *err);

/* Runs the commands until one fails. @done: receives how many have succeeded */
int flow_cluster_apply(const struct cluster_setup *setup, size_t *done, struct error *err);

/* Writes a command as a line for a shell, with quotes where it needs them. The caller frees it; NULL: no
 * memory. */
char *cluster_command_text(const struct cluster_command *command);

#endif
