/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of pcitag-domain (host/libvirt/domain_protocol.h). */
#ifndef PCITAG_CLI_DOMAIN_H
#define PCITAG_CLI_DOMAIN_H

/* Runs the command line COMMAND [--json] WORD... Returns the exit code. */
int domain_main(int argc, char *argv[]);

#endif
