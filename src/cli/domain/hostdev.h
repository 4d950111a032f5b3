/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands with which pcitag attaches devices to a running domain (host/libvirt/domain_protocol.h). They
 * are not listed in any help. Exit code EXIT_FINDINGS: the guest keeps the device.
 */
#ifndef PCITAG_CLI_DOMAIN_HOSTDEV_H
#define PCITAG_CLI_DOMAIN_HOSTDEV_H

#include <stdbool.h>

/* live-xml DOMAIN: prints the domain's live XML; refused when the domain does not run. */
int domain_live_xml(char *const words[], bool json);

/* attach-hostdev UUID ADDRESS,...: attaches all of them or none. */
int domain_attach_hostdev(char *const words[], bool json);

/* detach-hostdev UUID ADDRESS,...: waits for the guest. */
int domain_detach_hostdev(char *const words[], bool json);

#endif
