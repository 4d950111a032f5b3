/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modules of the kernel: whether there is one to load, and what its parameters are. */
#ifndef PCITAG_HOST_MODULE_STATE_H
#define PCITAG_HOST_MODULE_STATE_H

#include <stdbool.h>

#include "base/error.h"
#include "host/sysfs.h"

enum module_source {
	MODULE_MISSING,
	MODULE_LOADABLE,
	MODULE_BUILT_IN,
};

/*
 * Looks for a module of the running kernel in DIR/RELEASE/modules.dep and modules.builtin (modules.dep(5)).
 * @modules: "/lib/modules"
 * @release: receives the kernel's release, for messages
 * Returns 0 or -1; files that are not there name no module.
 */
int module_find(const char *modules, const char *module, enum module_source *out, char release[static 65],
		struct error *err);

/*
 * Is a parameter of a module that is yes or no switched on ("module/vfio/parameters/...", kernel:
 * Documentation/ABI/stable/sysfs-module)? No when there is no such parameter.
 */
bool module_parameter_is_on(const struct sysfs *sysfs, const char *module, const char *parameter);

#endif
