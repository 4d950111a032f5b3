/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of pcitag-domain (host/libvirt/domain_protocol.h). */
#ifndef PCITAG_CLI_DOMAIN_COMMANDS_H
#define PCITAG_CLI_DOMAIN_COMMANDS_H

#include <stdbool.h>

/* Runs the command line COMMAND [--json] WORD... Returns the exit code. */
int domain_main(int argc, char *argv[]);

/*
 * A command. Returns the exit code, after all output has been printed.
 * @words: as many as its line in commands.c says; "" for an omitted one
 */
typedef int domain_command_fn(char *const words[], bool json);

/* Of edits.c, for the verbs with these names. */
domain_command_fn domain_add, domain_remove, domain_rename_owner;

/* Of hostdev.c, for attach and detach, without --json. EXIT_FINDINGS: the guest keeps the device. */
domain_command_fn domain_live_xml, domain_attach_hostdev, domain_detach_hostdev;

#endif
