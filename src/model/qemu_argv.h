/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's command line as libvirt wrote it, and as it is run: placeholders swapped for VFIO devices. Pure:
 * what a placeholder stands for is asked of a callback.
 */
#ifndef PCITAG_MODEL_QEMU_ARGV_H
#define PCITAG_MODEL_QEMU_ARGV_H

#include <stddef.h>

#include "base/error.h"
#include "model/qemu_device.h"
#include "model/qemu_memlock.h"

/*
 * Tells what the placeholder at @path stands for.
 * @path: as it stands in evdev, beginning with PLACEHOLDER_DIR, otherwise unchecked
 * Returns 0, or -1 with what is wrong and what to do.
 */
struct qemu_resolver {
	int (*resolve)(void *context, const char *path, struct qemu_grant *out, struct error *err);
	void *context;
};

struct qemu_launch {
	char **argv; /* owned, ends in NULL; words are the original ones but for those made */
	size_t argc;
	size_t placeholders;	     /* how many were swapped */
	struct qemu_memlock memlock; /* only when there were any */
	char **made;		     /* owned, as are its words */
	size_t made_count;
};

/*
 * Rewrites @argv, which is left alone and must outlive @out.
 * @emulator: becomes argv[0]
 *
 * - A -device virtio-input-host-pci whose evdev begins with PLACEHOLDER_DIR is swapped (qemu_device_swap()).
 * - An -object input-linux whose evdev is exactly VFIO_CONTAINER_PATH goes: it stands for libvirt's
 *   permission to use the container, and QEMU would refuse it as no evdev.
 * - Every other word stays the same word, by pointer.
 * Only options with one of the two paths in their text are read at all. A slash that JSON writes as "\/" is
 * therefore not seen; libvirt never writes it (src/util/virjson.c), and QEMU refuses such a placeholder as
 * no evdev (hw/input/virtio-input-host.c), so that it fails closed.
 *
 * Fails, naming the placeholder, when one cannot be resolved, swapped or read, or belongs to another device
 * or object than the one above. Free @out with qemu_launch_clear(), also after a failure.
 */
int qemu_argv_rewrite(const char *emulator, char *const argv[], const struct qemu_resolver *resolver,
		      struct qemu_launch *out, struct error *err);
void qemu_launch_clear(struct qemu_launch *launch);

#endif
