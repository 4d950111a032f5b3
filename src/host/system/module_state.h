/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel modules: which can be loaded, their parameters, and whether the security modules AppArmor and
 * SELinux, which confine emulators, allow the wrapper to run.
 */
#ifndef PCITAG_HOST_SYSTEM_MODULE_STATE_H
#define PCITAG_HOST_SYSTEM_MODULE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "host/pci/sysfs.h"

enum module_source {
	MODULE_MISSING,
	MODULE_LOADABLE,
	MODULE_BUILT_IN,
};

/*
 * Searches for a module of the running kernel in DIR/RELEASE/modules.dep and modules.builtin
 * (modules.dep(5)).
 * @modules: DIR, "/lib/modules"
 * @release: receives the kernel's release, for messages
 * Returns 0 or -1. A missing file counts as an empty one.
 */
int module_find(const char *modules, const char *module, enum module_source *out, char release[static 65],
		struct error *err);

/*
 * Returns true when a boolean module parameter is set ("module/vfio/parameters/...", kernel:
 * Documentation/ABI/stable/sysfs-module), false when it is not set or does not exist.
 */
bool module_parameter_is_on(const struct sysfs *sysfs, const char *module, const char *parameter);

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

#endif
