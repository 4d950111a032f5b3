/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that need libvirt: pcitag-domain does their work, so that pcitag need not know libvirt. */
#ifndef PCITAG_CLI_RUN_DOMAIN_H
#define PCITAG_CLI_RUN_DOMAIN_H

#include "cli/verb.h"

/* Most words that a command of pcitag-domain takes. */
#define RUN_DOMAIN_WORDS_MAX 8

/*
 * Becomes pcitag-domain with the command of the verb's name.
 * @words: what the command takes (cli/domain_commands.h), up to NULL; "" for what was not given
 * It gets --json when the verb did, and no environment at all: libvirt's client needs none for
 * qemu:///system, and would take debugging switches and other daemons' sockets from it.
 * Returns only when it cannot be run: EXIT_FAILED, after saying why.
 */
int run_domain(const struct arguments *arguments, const char *const words[]);

#endif
