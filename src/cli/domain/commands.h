/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of pcitag-domain (host/libvirt/domain_protocol.h). */
#ifndef PCITAG_CLI_DOMAIN_COMMANDS_H
#define PCITAG_CLI_DOMAIN_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

struct domain_command {
	const char *name; /* name of the verb */
	size_t words;	  /* number of arguments; all are required */
	/*
	 * @words: "" for an omitted argument
	 * Returns the exit code, after all output has been printed.
	 */
	int (*run)(char *const words[], bool json);
};

/* All commands; the last entry has no name. */
extern const struct domain_command domain_commands[];

int domain_add(char *const words[], bool json);
int domain_remove(char *const words[], bool json);
int domain_rename_owner(char *const words[], bool json);

/*
 * Runs the command line COMMAND [--json] WORD...
 * Returns the exit code.
 */
int domain_main(int argc, char *argv[]);

#endif
