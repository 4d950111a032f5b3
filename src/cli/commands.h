/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs. */
#ifndef PCITAG_CLI_COMMANDS_H
#define PCITAG_CLI_COMMANDS_H

#include "base/report.h"
#include "cli/verb.h"
#include "flow/paths.h"

/* All verbs, by topic and in the order in which --help lists them; the last entry is NULL. */
extern const struct verb *const verbs[];

/* Each is defined in its cmd_NAME.c. */
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

#endif
