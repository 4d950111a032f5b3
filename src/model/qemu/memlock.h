/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Computes from QEMU's command line how much memory a guest with VFIO devices pins. Pure. */
#ifndef PCITAG_MODEL_QEMU_MEMLOCK_H
#define PCITAG_MODEL_QEMU_MEMLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Limits for RLIMIT_MEMLOCK, in bytes. */
struct qemu_memlock {
	uint64_t boot; /* the guest does not start with less */
	uint64_t max;  /* enough for all of its <maxMemory> */
	/* What libvirt sets at least for VFIO, vDPA or NVMe devices besides the placeholders; 0: none */
	uint64_t native;
	/* QEMU locks all its memory (<memoryBacking><locked/>), and libvirt has set the limit accordingly. */
	bool is_locked;
};

/*
 * Computes both limits by the rule of libvirt's qemuDomainGetMemLockLimitBytes() (src/qemu/qemu_domain.c, 9.0
 * and 11.3; its special case for ppc64 with KVM is not covered):
 *   factor * memory + 1 GiB, where factor is 1 for all VFIO devices together, or the number of them when
 *   the guest has an IOMMU of its own; and 1 more for each vDPA device and NVMe disk.
 * The gibibyte is for the memory of emulated devices. libvirt counts the memory present. max counts maxmem
 * instead, because libvirt, which has no VFIO device in its own configuration, does not raise the limit when
 * memory is plugged. DIMMs, NVDIMMs and virtio-mem are between size and maxmem (QEMU:
 * hw/mem/memory-device.c), so nothing else is counted.
 *
 * @argv: QEMU's arguments with the placeholders replaced, terminated by NULL; without -m QEMU uses 128 MiB
 * @placeholders: number of its VFIO devices that libvirt does not know
 * Fails when a size of -m is not a whole number with an optional suffix b k m g t p e (default unit for
 * "size": MiB; for "maxmem": bytes; QEMU: softmmu/vl.c, parse_memory_options), or is too large.
 */
int qemu_memlock_compute(char *const argv[], size_t placeholders, struct qemu_memlock *out,
			 struct error *err);

#endif
