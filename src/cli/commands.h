/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs. Each takes its own name as argv[0] and returns the exit code. */
#ifndef PCITAG_CLI_COMMANDS_H
#define PCITAG_CLI_COMMANDS_H

#include <stdbool.h>

#include "flow/flow.h"

/* Exit codes, as pcitag(8) documents them. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_LEFT_OVER = 3, /* reconcile: something stays quarantined or cannot be read */
};

typedef int command_fn(int argc, char *argv[]);

command_fn cmd_hook, cmd_leases, cmd_list, cmd_plan, cmd_reconcile, cmd_types;

/* Where production keeps its things. */
extern const struct flow host_flow;

struct options {
	bool json;
	const char *argument; /* NULL when none was given */
};

/*
 * Reads a verb's arguments: --json, and one plain argument when @argument_name is not
 * NULL (it is required then). Prints what is wrong and returns EXIT_USAGE, or EXIT_DONE.
 */
int options_parse(int argc, char *argv[], const char *argument_name, struct options *out);

/* Prints "pcitag: <message>" on standard error and returns EXIT_FAILED. */
int report(const struct error *err);

#endif
