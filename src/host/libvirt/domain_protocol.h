/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of pcitag-domain, for both sides: host/libvirt/domain_program.h and cli/verbs/cmd_add.c
 * run it, cli/domain.c answers. pcitag-domain is the only program that links libvirt, so that
 * neither a start nor pcitag needs it.
 *
 *	pcitag-domain COMMAND [--json] WORD...
 *
 * The number of words of a command is fixed, and "" is an omitted one, so that a domain may have any name.
 * Exit codes (base/program.h): EXIT_DONE; EXIT_FAILED when libvirt refuses and nothing has changed;
 * EXIT_FINDINGS when the guest keeps the device.
 */
#ifndef PCITAG_HOST_LIBVIRT_DOMAIN_PROTOCOL_H
#define PCITAG_HOST_LIBVIRT_DOMAIN_PROTOCOL_H

#include "model/wish/number_set.h"

#define DOMAIN_PROGRAM PCITAG_BINDIR "/pcitag-domain"

/*
 * Of the verbs with the same names: DOMAIN REQUESTS COUNT ADDRESS OPTIONS, then the wishes NUMA TOGETHER
 * APART PREFER OPTIONAL (host/xml/domain_wishes.h), then NEAR; DOMAIN REQUEST all; DOMAIN OWNER.
 * NEAR, for --guest-numa: for each request "NUMA:NODES", separated by blanks: the wish of its profile, ""
 * for none, and the nodes of the devices that match, as number_set_format() writes them.
 */
#define DOMAIN_ADD "add"
#define DOMAIN_REMOVE "remove"
#define DOMAIN_RENAME_OWNER "rename-owner"
/* With the words of the first two, but FILE for DOMAIN: for a definition in a file, without libvirt. */
#define DOMAIN_ADD_FILE "add-file"
#define DOMAIN_REMOVE_FILE "remove-file"
#define DOMAIN_WORDS_MAX 11
/* The place of the first wish among the words of DOMAIN_ADD. */
#define DOMAIN_ADD_WISHES 5
#define DOMAIN_ADD_NEAR 10
/* Room for one of NEAR, with a separator. */
#define DOMAIN_NEAR_LEN (16 + NUMBER_SET_LEN)

/* No word: of the verb with the same name. */
#define DOMAIN_LIST "domains"

/* DOMAIN: prints the live XML of a running domain. */
#define DOMAIN_LIVE_XML "live-xml"
/* UUID ADDRESS,...: attaches all of them or none; detaches them, and waits for the guest. */
#define DOMAIN_ATTACH "attach-hostdev"
#define DOMAIN_DETACH "detach-hostdev"

/* Time, in seconds, for queries that libvirt answers from its own state. */
#define DOMAIN_READ_SECONDS 20
/*
 * Time, in seconds, for an attach. libvirt sets no limit for QEMU, which pins and maps all memory of the
 * guest for its first device: several seconds per 100 GiB.
 */
#define DOMAIN_ATTACH_SECONDS 300
/* Time, in seconds, for a guest to release a device; libvirt's own is added by the caller. */
#define DOMAIN_DETACH_SECONDS 30

#endif
