/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt keeps about a running domain of qemu:///system: /run/libvirt/qemu/NAME.xml, which root writes
 * before the emulator is let go and removes after its end (libvirt: src/qemu/qemu_process.c,
 * qemuProcessLaunch, qemuProcessStop; src/conf/domain_conf.c, virDomainObjFormat):
 *
 *   <domstatus state='running' reason='booted' pid='91'>
 *     ... <domain type='kvm' id='1'> <name> <uuid> ...
 *         <seclabel type='dynamic' model='dac' relabel='yes'> <label>+64055:+107</label>
 */
#ifndef PCITAG_HOST_DOMAIN_STATUS_H
#define PCITAG_HOST_DOMAIN_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/domain.h"

/* 16 MiB, as for a domain's XML, of which it has one in it. */
#define DOMAIN_STATUS_MAX ((size_t)16 << 20)

struct domain_status {
	char uuid[UUID_LEN];
	pid_t pid;     /* of the emulator; 0: none (yet) */
	bool has_user; /* is it known as whom the emulator runs? */
	uid_t user;
};

/*
 * Reads one.
 * @bytes: UTF-8, need not be terminated; @len: bytes, at most DOMAIN_STATUS_MAX
 * Fails when it is no complete, well-formed <domstatus> with a <domain> that has a <uuid>, or its pid is no
 * number of a process; @out is then untouched.
 */
int domain_status_parse(const char *bytes, size_t len, struct domain_status *out, struct error *err);

#endif
