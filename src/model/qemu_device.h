/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One placeholder device of QEMU's command line and the VFIO device(s) that take its place. Pure.
 */
#ifndef PCITAG_MODEL_QEMU_DEVICE_H
#define PCITAG_MODEL_QEMU_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pci_addr.h"
#include "model/qemu_option.h"

/* What a placeholder stands for, as its middle link names it. */
struct qemu_grant {
	struct pci_addr addr; /* the function that matched */
	uint8_t functions;    /* bit n: function n of its slot goes to the guest; addr.function among them */
};

/*
 * The placeholder path an option names in its evdev, borrowed, or NULL: only a string that begins with
 * PLACEHOLDER_DIR is one.
 */
const char *qemu_device_placeholder(const struct qemu_option *option);

/* Fails unless the placeholder @option is a device that can be swapped: a virtio-input-host-pci. */
int qemu_device_check(const struct qemu_option *option, struct error *err);

/*
 * Writes the options that replace the placeholder @option.
 * @out: receives *count strings to free: first the function that matched, then the others, ascending
 *
 * The function that matched keeps every key in its place: id, bus, addr, multifunction, bootindex and
 * whatever else there is. driver becomes vfio-pci and evdev becomes sysfsdev, because host= refuses PCI
 * domains above ffff (QEMU: hw/core/qdev-properties-system.c, set_pci_host_devaddr). The keys that libvirt
 * derives from <driver iommu= ats= packed= page_per_vq=> and from the transitional models speak of virtio
 * queues; they are dropped, since "every virtio device of this domain" was meant and this is none. Any other
 * key that vfio-pci lacks is kept, for QEMU to refuse by name.
 *
 * With more than one function every one appears in the guest slot of the placeholder, under its host number;
 * when function 0 is not among them the lowest becomes 0, because a slot without it is not found by a guest
 * (QEMU: hw/pci/pci.c, pci_init_multifunction). Guest function 0 is marked multifunction; the others get the
 * id "<id>-fn<host function>", the same bus, and "slot.function" as address. That needs an address, at
 * function 0, which is what libvirt assigns; fails otherwise, or for want of memory.
 */
int qemu_device_swap(const struct qemu_option *option, const struct qemu_grant *grant,
		     char *out[static PCI_FUNCTIONS], size_t *count, struct error *err);

#endif
