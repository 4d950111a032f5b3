/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pcitag-domain can be told to do. Its command line is between it and pcitag (cli/run_domain.h). */
#ifndef PCITAG_CLI_DOMAIN_COMMANDS_H
#define PCITAG_CLI_DOMAIN_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

struct domain_command {
	const char *name; /* that of the verb */
	size_t words;	  /* how many it takes, all of them */
	/* @words: "" for what was not given. Returns the exit code; what there is to say has been said. */
	int (*run)(char *const words[], bool json);
};

/* All of them; the last has no name. */
extern const struct domain_command domain_commands[];

/* DOMAIN REQUEST COUNT ADDRESS; DOMAIN REQUEST all; DOMAIN OWNER. Each is run as its verb says. */
int domain_add(char *const words[], bool json);
int domain_remove(char *const words[], bool json);
int domain_rename_owner(char *const words[], bool json);

/*
 * Does what the command line says: COMMAND [--json] WORD...
 * Returns the exit code.
 */
int domain_main(int argc, char *argv[]);

#endif
