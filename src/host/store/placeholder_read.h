/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the links that the hook created for a placeholder, from inside the guest's sandbox. libvirt has
 * recreated each link and the group's node in QEMU's private /dev (libvirt: src/qemu/qemu_namespace.c).
 */
#ifndef PCITAG_HOST_STORE_PLACEHOLDER_READ_H
#define PCITAG_HOST_STORE_PLACEHOLDER_READ_H

#include "base/error.h"
#include "model/qemu/device.h"

/*
 * Resolves the placeholder at @path to its device (see struct qemu_resolver).
 * @context: not used
 * The chain must be /dev/pcitag/OWNER/REQUEST -> /dev/pcitag/device/GRANT -> /dev/vfio/NUMBER, and both
 * targets must be absolute. Or the first link leads to exactly /dev/null, and that is no link but the
 * kernel's null device (is_without). The function reads the links and opens no file. It fails for any other
 * chain, with an error that says what to inspect.
 */
int placeholder_link_resolve(void *context, const char *path, struct qemu_grant *out, struct error *err);

#endif
