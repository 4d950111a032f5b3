/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether AppArmor and SELinux, which confine emulators, allow the wrapper to run. */
#ifndef PCITAG_HOST_SYSTEM_CONFINEMENT_H
#define PCITAG_HOST_SYSTEM_CONFINEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "host/pci/sysfs.h"

/* Returns whether AppArmor is enabled in this kernel (its module parameter "enabled"). */
bool apparmor_is_on(const struct sysfs *sysfs);

enum {
	APPARMOR_UNUSED = 1, /* libvirt has no rules for guests on this host */
	APPARMOR_NO_RULE,
};

/*
 * Checks whether the AppArmor rules for guests allow the wrapper. Debian 13 and later include every file of
 * abstractions/libvirt-qemu.d; earlier releases have only local/abstractions/libvirt-qemu (libvirt:
 * src/security/apparmor/libvirt-qemu.in).
 * @etc:     "/etc"
 * @wrapper: "/usr/bin/pcitag-qemu", the start of a matching rule
 * @place, @size: receive the path of the file that has the rule, or should have it
 * Returns 0, APPARMOR_UNUSED when libvirt has no rules for guests on this host, APPARMOR_NO_RULE, or -1.
 */
int apparmor_has_rule(const char *etc, const char *wrapper, char *place, size_t size, struct error *err);

/* Returns whether SELinux enforces its policy (fs/selinux/enforce). */
bool selinux_is_enforcing(const struct sysfs *sysfs);

/* Whether the file, behind all links, has the SELinux type ("system_u:object_r:TYPE:s0"). */
bool selinux_has_type(const char *path, const char *type);

/* Whether this is Fedora or built from it (os-release(5)): the package pcitag-selinux is for these. */
bool selinux_has_package(const char *etc);

#endif
