/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs, and what they have in common: where things are on the host. */
#ifndef PCITAG_CLI_COMMANDS_H
#define PCITAG_CLI_COMMANDS_H

#include "cli/report.h"
#include "cli/verb.h"
#include "flow/flow.h"

/* All of them, under their topics and in the order in which --help shows them; the last is NULL. */
extern const struct verb *const verbs[];

/* Each in its cmd_NAME.c. */
extern const struct verb verb_check;
extern const struct verb verb_probe;
extern const struct verb verb_show;
extern const struct verb verb_list;
extern const struct verb verb_types;
extern const struct verb verb_define;
extern const struct verb verb_undefine;
extern const struct verb verb_enable;
extern const struct verb verb_disable;
extern const struct verb verb_import;
extern const struct verb verb_plan;
extern const struct verb verb_add;
extern const struct verb verb_remove;
extern const struct verb verb_rename_owner;
extern const struct verb verb_attach;
extern const struct verb verb_detach;
extern const struct verb verb_leases;
extern const struct verb verb_reconcile;
extern const struct verb verb_release;
extern const struct verb verb_log;
extern const struct verb verb_metrics;

/* What the hook runs. Takes "hook" and what libvirt gave the hook, and returns the exit code. */
int cmd_hook(int argc, char *argv[]);

/* Where production keeps its things. */
extern const struct flow host_flow;

#endif
