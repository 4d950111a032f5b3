/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replaces placeholders in QEMU's command line with VFIO devices. Pure: a callback resolves them. */
#ifndef PCITAG_MODEL_QEMU_ARGV_H
#define PCITAG_MODEL_QEMU_ARGV_H

#include <stddef.h>

#include "base/error.h"
#include "model/qemu/device.h"
#include "model/qemu/memlock.h"

/*
 * @path: the placeholder, as written in evdev; it begins with PLACEHOLDER_DIR and is otherwise unchecked
 * Returns 0, or -1 with the error and its remedy in *err.
 */
struct qemu_resolver {
	int (*resolve)(void *context, const char *path, struct qemu_grant *out, struct error *err);
	void *context;
};

struct qemu_launch {
	char **argv; /* owned, ends in NULL; the original words except those in made */
	size_t argc;
	size_t placeholders;	     /* number of placeholders replaced by devices */
	struct qemu_memlock memlock; /* valid only when placeholders is not 0 */
	char **made;		     /* owned, including its words */
	size_t made_count;
};

/*
 * Rewrites @argv, which stays unchanged and must outlive @out.
 * @emulator: becomes argv[0]
 *
 * - A -device virtio-input-host-pci whose evdev begins with PLACEHOLDER_DIR is replaced (qemu_device_swap()),
 *   or removed when its request is optional and got no device.
 * - An -object input-linux whose evdev is exactly VFIO_CONTAINER_PATH is removed: it only makes libvirt
 *   permit the use of the container, and QEMU would refuse it because it is not an evdev.
 * - Every other word is the same pointer as in @argv.
 * Only options with one of the two paths in their text are parsed. A slash that JSON writes as "\/" is
 * therefore not recognized. libvirt never writes it (src/util/virjson.c), and QEMU refuses such a placeholder
 * because it is not an evdev (hw/input/virtio-input-host.c), so this fails closed.
 *
 * Fails, with the placeholder's name in *err, when a placeholder cannot be resolved, replaced or parsed, or
 * belongs to another device or object than those above. The caller frees @out with qemu_launch_clear(), also
 * after a failure.
 */
int qemu_argv_rewrite(const char *emulator, char *const argv[], const struct qemu_resolver *resolver,
		      struct qemu_launch *out, struct error *err);
void qemu_launch_clear(struct qemu_launch *launch);

#endif
