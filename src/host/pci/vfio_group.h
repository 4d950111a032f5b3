/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node of an IOMMU group, /dev/vfio/N: its name, and whether a process has it open. */
#ifndef PCITAG_HOST_PCI_VFIO_GROUP_H
#define PCITAG_HOST_PCI_VFIO_GROUP_H

#include <stdbool.h>

#include "base/error.h"

#define VFIO_GROUP_PATH_LEN 32

/* Writes "/dev/vfio/14", the target of a placeholder's links. Returns @buf. */
char *vfio_group_path(int group, char buf[static VFIO_GROUP_PATH_LEN]);

enum {
	VFIO_GROUP_BUSY = 1, /* a process has it open */
	VFIO_GROUP_ABSENT,   /* it has no node */
};

/*
 * Opens the node and closes it again. The kernel makes the open exclusive (drivers/vfio/group.c:
 * vfio_group_fops_open), so this takes the group only for an instant. It is the only safe check before an
 * unbind, which never returns while a process has the group open.
 * Returns 0 when no process has the group open, VFIO_GROUP_BUSY, VFIO_GROUP_ABSENT when no member is on a
 * VFIO driver (ENOENT), or -1: any other answer of the kernel proves nothing.
 */
int vfio_group_probe(int group, struct error *err);

/* True when a member may be unbound; false also when that cannot be determined (no memory, no permission). */
bool vfio_group_is_free(int group);

/*
 * As vfio_group_probe(), but retries for at most @patience_ms while the group is open or cannot be probed.
 * Other processes that probe a group have it open for an instant.
 */
int vfio_group_probe_again(int group, int patience_ms, struct error *err);

#endif
