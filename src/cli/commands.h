/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs, for main.c, and what each of them includes. */
#ifndef PCITAG_CLI_COMMANDS_H
#define PCITAG_CLI_COMMANDS_H

#include "base/program.h"
#include "cli/verb.h"
#include "flow/paths.h"

/* Each is defined in verbs/cmd_NAME.c, or with the verb that it goes with. */
extern const struct verb verb_check, verb_probe, verb_list, verb_show, verb_metrics;
extern const struct verb verb_types, verb_define, verb_undefine; /* cmd_define.c */
extern const struct verb verb_enable, verb_disable;		 /* cmd_enable.c */
extern const struct verb verb_import, verb_plan;
extern const struct verb verb_add, verb_remove, verb_rename_owner; /* cmd_add.c */
extern const struct verb verb_attach, verb_detach;		   /* cmd_attach.c */
extern const struct verb verb_leases, verb_reconcile, verb_release, verb_log;

#endif
