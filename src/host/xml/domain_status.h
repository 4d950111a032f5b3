/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads libvirt's status file of a running domain of qemu:///system, /run/libvirt/qemu/NAME.xml. libvirt
 * writes it as root before it lets the emulator run, and removes it after the emulator's end (libvirt:
 * src/qemu/qemu_process.c, qemuProcessLaunch, qemuProcessStop; src/conf/domain_conf.c, virDomainObjFormat):
 *
 *   <domstatus state='running' reason='booted' pid='91'>
 *     ... <domain type='kvm' id='1'> <name> <uuid> ...
 *         <seclabel type='dynamic' model='dac' relabel='yes'> <label>+64055:+107</label>
 */
#ifndef PCITAG_HOST_XML_DOMAIN_STATUS_H
#define PCITAG_HOST_XML_DOMAIN_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/lease/domain.h"

/* 16 MiB, the limit of a domain's XML, which is part of the status. */
#define DOMAIN_STATUS_MAX ((size_t)16 << 20)

struct domain_status {
	char uuid[UUID_LEN];
	pid_t pid;     /* of the emulator; 0 when there is none (yet) */
	bool has_user; /* the user of the emulator is known */
	uid_t user;
};

/*
 * Parses one status file.
 * @bytes: UTF-8, need not be terminated
 * @len:   bytes, at most DOMAIN_STATUS_MAX
 * Fails when the text is not a complete, well-formed <domstatus> with a <domain> that has a <uuid>, or when
 * its pid is not a valid process id; @out is then unchanged.
 */
int domain_status_parse(const char *bytes, size_t len, struct domain_status *out, struct error *err);

#endif
