/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What keeps a guest's emulator in its place, AppArmor or SELinux, and whether it lets the wrapper run. */
#ifndef PCITAG_HOST_CONFINEMENT_H
#define PCITAG_HOST_CONFINEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "host/sysfs.h"

/* Is AppArmor switched on in this kernel (its module's parameter "enabled")? */
bool apparmor_is_on(const struct sysfs *sysfs);

#define APPARMOR_UNUSED 1
#define APPARMOR_NO_RULE 2

/*
 * Do the rules for guests allow the wrapper? Debian 13 and later include every file of
 * abstractions/libvirt-qemu.d; before, there is only local/abstractions/libvirt-qemu (libvirt:
 * src/security/apparmor/libvirt-qemu.in).
 * @etc: "/etc"; @wrapper: "/usr/bin/pcitag-qemu", which a rule that counts begins with
 * @place, @size: receive the file that has the rule, or should have it
 * Returns 0, APPARMOR_UNUSED when libvirt has no rules for guests here, APPARMOR_NO_RULE, or -1.
 */
int apparmor_has_rule(const char *etc, const char *wrapper, char *place, size_t size, struct error *err);

/* Does SELinux enforce its policy (fs/selinux/enforce)? */
bool selinux_is_enforcing(const struct sysfs *sysfs);

/* Has the file, or what the link ends at, the SELinux type @type ("system_u:object_r:TYPE:s0")? */
bool selinux_has_type(const char *path, const char *type);

#endif
