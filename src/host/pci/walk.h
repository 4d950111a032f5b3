/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walks all devices below a device in sysfs. Every device has a file `uevent` (kernel: drivers/base/core.c,
 * device_add). One directory with the name of a class may be between a device and its children of that class
 * (get_device_parent). No other directory contains devices.
 */
#ifndef PCITAG_HOST_PCI_WALK_H
#define PCITAG_HOST_PCI_WALK_H

#include <stdbool.h>

#include "base/error.h"
#include "host/pci/sysfs.h"

#define SYSFS_SUBSYSTEM_LEN 64

/* One directory of the walk. Its fields are not owned, and are valid only during the call. */
struct sysfs_entry {
	const char *path; /* relative to /sys */
	const char *name; /* its last component */
	bool is_device;
	char subsystem[SYSFS_SUBSYSTEM_LEN]; /* of a device: "block", "sound", ... or "" */
};

/* Returns 0 to continue, a positive value to stop, or -1 with *err. */
typedef int sysfs_visit_fn(const struct sysfs_entry *entry, void *context, struct error *err);

/*
 * Calls @visit for the device at @top, then for every device and directory below it, parents first. Symbolic
 * links are not followed, except @top itself. Entries that disappear during the walk are skipped.
 * Returns 0, the value of @visit when it was not 0, or -1.
 */
int sysfs_walk(const struct sysfs *sysfs, const char *top, sysfs_visit_fn *visit, void *context,
	       struct error *err);

#endif
