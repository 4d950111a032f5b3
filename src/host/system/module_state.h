/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel modules: which can be loaded, and their parameters. */
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

#endif
