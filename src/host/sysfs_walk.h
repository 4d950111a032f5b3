/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything below a device in sysfs. Devices have a file `uevent` (kernel: drivers/base/core.c, device_add);
 * between a device and its children of a class there may be one directory named like the class
 * (get_device_parent), and nothing is a device below any other directory.
 */
#ifndef PCITAG_HOST_SYSFS_WALK_H
#define PCITAG_HOST_SYSFS_WALK_H

#include <stdbool.h>

#include "base/error.h"
#include "host/sysfs.h"

#define SYSFS_SUBSYSTEM_LEN 64

/* One directory on the way; nothing is owned, and it lives as long as the call. */
struct sysfs_entry {
	const char *path; /* relative to /sys */
	const char *name; /* its last component */
	bool is_device;
	char subsystem[SYSFS_SUBSYSTEM_LEN]; /* of a device: "block", "sound", ... or "" */
};

/* 0: go on; positive: enough; -1 with *err. */
typedef int sysfs_visit_fn(const struct sysfs_entry *entry, void *context, struct error *err);

/*
 * Calls @visit for the device at @top, then for every device and directory below it, parents first. Symbolic
 * links are not followed (but for @top itself). What vanishes meanwhile is left out.
 * Returns 0, what @visit returned when that was not 0, or -1.
 */
int sysfs_walk(const struct sysfs *sysfs, const char *top, sysfs_visit_fn *visit, void *context,
	       struct error *err);

#endif
