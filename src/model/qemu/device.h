/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One placeholder device of QEMU's command line, and the VFIO device(s) that replace it. Pure. */
#ifndef PCITAG_MODEL_QEMU_DEVICE_H
#define PCITAG_MODEL_QEMU_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/lease/options.h"
#include "model/pci/address.h"
#include "model/qemu/option.h"

/* The functions that a placeholder is replaced with, from the name of its middle link. */
struct qemu_grant {
	struct pci_addr addr; /* the function that matched */
	uint8_t functions; /* bit n: function n of its slot is given to the guest; includes addr.function */
	struct device_options options;
	bool is_without; /* an optional request that got no device: the other fields are not set */
};

/* Returns the evdev, borrowed, if it is a string that begins with PLACEHOLDER_DIR: a placeholder; or NULL. */
const char *qemu_device_placeholder(const struct qemu_option *option);

/* Fails unless the placeholder @option is a device that can be replaced: a virtio-input-host-pci. */
int qemu_device_check(const struct qemu_option *option, struct error *err);

/*
 * Writes the options that replace the placeholder @option.
 * @out: receives *count strings, which the caller frees: first the function that matched, then the others in
 *        ascending order
 *
 * The function that matched keeps every key in its place: id, bus, addr, multifunction, bootindex and all
 * others. driver becomes vfio-pci. evdev becomes sysfsdev, because host= refuses PCI domains above ffff
 * (QEMU: hw/core/qdev-properties-system.c, set_pci_host_devaddr). The keys that libvirt derives from <driver
 * iommu= ats= packed= page_per_vq=> and from the transitional models apply to virtio queues. They are
 * dropped: they are meant for the virtio devices of the domain, and the result is not a virtio device. Any
 * other key that vfio-pci lacks is kept; QEMU refuses it by name.
 *
 * The options of the grant are added behind these keys, a romfile with its whole path. A key that the
 * placeholder has already stays as it is: libvirt has it from <qemu:override>, which names this one device in
 * this domain.
 *
 * With more than one function, all functions appear in the guest slot of the placeholder, under their host
 * numbers. When function 0 is not among them, the lowest one becomes 0, because a guest does not find a slot
 * without function 0 (QEMU: hw/pci/pci.c, pci_init_multifunction). Guest function 0 is marked multifunction.
 * The others get the id "<id>-fn<host function>", the same bus, and "slot.function" as address. This requires
 * an address at function 0, as libvirt assigns it. They get only the options that are for every function,
 * such as x-no-mmap: a ROM, a place in the boot order, VGA and ids are those of the function that matched.
 * Fails without one, or when out of memory.
 */
int qemu_device_swap(const struct qemu_option *option, const struct qemu_grant *grant,
		     char *out[static PCI_FUNCTIONS], size_t *count, struct error *err);

#endif
