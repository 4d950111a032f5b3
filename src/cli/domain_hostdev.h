/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands by which pcitag puts devices into a running domain (host/domain_program.h); they stand in
 * no help. Exit code EXIT_FINDINGS: the guest keeps the device.
 */
#ifndef PCITAG_CLI_DOMAIN_HOSTDEV_H
#define PCITAG_CLI_DOMAIN_HOSTDEV_H

#include <stdbool.h>

/* live-xml DOMAIN: what it is now; refused when it does not run. */
int domain_live_xml(char *const words[], bool json);

/* attach-hostdev UUID ADDRESS,...: all of them or none. */
int domain_attach_hostdev(char *const words[], bool json);

/* detach-hostdev UUID ADDRESS,...: waits for the guest. */
int domain_detach_hostdev(char *const words[], bool json);

#endif
