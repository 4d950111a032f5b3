/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the verbs that need libvirt in pcitag-domain, so that pcitag does not depend on libvirt. */
#ifndef PCITAG_CLI_RUN_DOMAIN_H
#define PCITAG_CLI_RUN_DOMAIN_H

#include "cli/verb.h"

/*
 * Executes pcitag-domain with the command of the verb's name. It gets --json when the verb did, and an empty
 * environment: libvirt's client needs none for qemu:///system, and would take debugging switches and other
 * daemons' sockets from it.
 * @words: the command's arguments (host/libvirt/domain_protocol.h), terminated by NULL; "" for an omitted one
 * Returns only when it cannot be executed: EXIT_FAILED, after reporting why.
 */
int run_domain(const struct arguments *arguments, const char *const words[]);

#endif
