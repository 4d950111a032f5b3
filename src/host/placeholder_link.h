/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the links that the hook made for a placeholder, from inside the guest's sandbox: libvirt has
 * recreated each of them, and the group's node, in QEMU's private /dev (libvirt: src/qemu/qemu_namespace.c).
 */
#ifndef PCITAG_HOST_PLACEHOLDER_LINK_H
#define PCITAG_HOST_PLACEHOLDER_LINK_H

#include "base/error.h"
#include "model/qemu_device.h"

/*
 * Tells what the placeholder at @path stands for (struct qemu_resolver, which see).
 * @context: not used
 * The chain must be /dev/pcitag/OWNER/REQUEST -> /dev/pcitag/device/GRANT -> /dev/vfio/NUMBER, both targets
 * absolute. Reads the two links and opens nothing. Fails for anything else, with what to look at.
 */
int placeholder_link_resolve(void *context, const char *path, struct qemu_grant *out, struct error *err);

#endif
