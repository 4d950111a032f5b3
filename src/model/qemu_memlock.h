/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much memory a guest with VFIO devices pins, told from QEMU's command line. Pure.
 */
#ifndef PCITAG_MODEL_QEMU_MEMLOCK_H
#define PCITAG_MODEL_QEMU_MEMLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Limits for RLIMIT_MEMLOCK, in bytes. */
struct qemu_memlock {
	uint64_t boot; /* without this the guest does not start */
	uint64_t max;  /* with this it can also be given all of its <maxMemory> */
	/* The least that libvirt itself sets for a guest with VFIO, vDPA or NVMe devices of its own beside
	 * the placeholders; 0 for one that has none. */
	uint64_t native;
	/* QEMU is to lock all it has (<memoryBacking><locked/>): then libvirt has set the limit for that. */
	bool is_locked;
};

/*
 * Computes both by the rule of libvirt's qemuDomainGetMemLockLimitBytes() (src/qemu/qemu_domain.c, 9.0 and
 * 11.3; its special case for ppc64 with KVM is not covered):
 *   factor * memory + 1 GiB, where factor is 1 for all VFIO devices together, or the number of them when
 *   the guest has an IOMMU of its own; and 1 more for each vDPA device and NVMe disk.
 * The gibibyte is for emulated devices' memory. libvirt counts the memory present; max counts maxmem, since
 * libvirt, which knows of no VFIO device here, does not raise the limit when memory is plugged. DIMMs,
 * NVDIMMs and virtio-mem live between size and maxmem (QEMU: hw/mem/memory-device.c), so nothing else is
 * counted.
 *
 * @argv: what QEMU will be run with, placeholders swapped, terminated by NULL; without -m QEMU takes 128 MiB
 * @placeholders: how many of its VFIO devices libvirt does not know of
 * Fails when a size of -m is not a whole number with an optional suffix b k m g t p e (for "size" without
 * one: MiB; for "maxmem": bytes; QEMU: softmmu/vl.c, parse_memory_options), or too large to count.
 */
int qemu_memlock_compute(char *const argv[], size_t placeholders, struct qemu_memlock *out,
			 struct error *err);

#endif
