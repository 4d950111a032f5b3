/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node of an IOMMU group, /dev/vfio/N: its name, and whether somebody has it open. */
#ifndef PCITAG_HOST_VFIO_GROUP_H
#define PCITAG_HOST_VFIO_GROUP_H

#include <stdbool.h>

#include "base/error.h"

#define VFIO_GROUP_PATH_LEN 32

/* "/dev/vfio/14": what the placeholder ends in. Returns @buf. */
char *vfio_group_path(int group, char buf[static VFIO_GROUP_PATH_LEN]);

#define VFIO_GROUP_BUSY 1
#define VFIO_GROUP_ABSENT 2

/*
 * Opens the node and closes it again. The open is exclusive in the kernel
 * (drivers/vfio/group.c: vfio_group_fops_open) and takes a group only for that instant;
 * it is the one safe question before an unbind, which never returns while somebody has
 * the group open.
 * Returns 0 when nobody has it, VFIO_GROUP_BUSY, VFIO_GROUP_ABSENT when no member is on
 * a VFIO driver (ENOENT), or -1.
 */
int vfio_group_probe(int group, struct error *err);

/* May a member of @group be unbound? That it cannot be told (no memory, no permission) is not that it may. */
bool vfio_group_is_free(int group);

/*
 * As vfio_group_probe(), asking again for at most @patience_ms while it is open or cannot be asked: others
 * who look at a group have it open for an instant.
 */
int vfio_group_probe_again(int group, int patience_ms, struct error *err);

#endif
