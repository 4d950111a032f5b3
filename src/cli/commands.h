/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs, and what they have in common: exit codes, where things are on the host, how errors are told. */
#ifndef PCITAG_CLI_COMMANDS_H
#define PCITAG_CLI_COMMANDS_H

#include "cli/verb.h"
#include "flow/flow.h"

/* Exit codes, as pcitag(8) documents them. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_FINDINGS = 3, /* done, and something is not as it should be: reconcile, check */
};

/* All of them, under their topics and in the order in which --help shows them; the last is NULL. */
extern const struct verb *const verbs[];

/* Each in its cmd_NAME.c. */
extern const struct verb verb_list;
extern const struct verb verb_types;
extern const struct verb verb_plan;
extern const struct verb verb_leases;
extern const struct verb verb_reconcile;

/* What the hook runs. Takes "hook" and what libvirt gave the hook, and returns the exit code. */
int cmd_hook(int argc, char *argv[]);

/* Where production keeps its things. */
extern const struct flow host_flow;

/* Prints "pcitag: <message>" on standard error and returns EXIT_FAILED. */
int report(const struct error *err);

/* The same for wrong usage: returns EXIT_USAGE. */
int report_usage(const struct error *err);

#endif
