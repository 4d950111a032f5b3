/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command of pcitag-domain that lists libvirt's domains and what they ask for. */
#ifndef PCITAG_CLI_DOMAIN_LIST_H
#define PCITAG_CLI_DOMAIN_LIST_H

#include <stdbool.h>

/*
 * Prints all domains of qemu:///system, by name.
 * @words: none
 * Returns the exit code.
 */
int domain_list(char *const words[], bool json);

#endif
