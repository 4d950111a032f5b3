/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The NUMA cells that a guest sees, and on which nodes of the host each of them is. Pure:
 * host/xml/guest_numa.c reads them from a domain's definition.
 */
#ifndef PCITAG_MODEL_WISH_GUEST_NUMA_H
#define PCITAG_MODEL_WISH_GUEST_NUMA_H

#include <stdbool.h>
#include <stddef.h>

#include "model/wish/pinning.h"

struct guest_cell {
	unsigned id;
	struct pinning pinning;	 /* of its own memory and processors */
	struct number_set nodes; /* of the host; empty: not known; set by the caller */
};

#define GUEST_MACHINE_LEN 64

struct guest_numa {
	char machine[GUEST_MACHINE_LEN]; /* "pc-q35-7.2" */
	bool has_expander;		 /* QEMU has pxb-pcie for this machine, and libvirt makes it */
	struct guest_cell *cells;	 /* owned, in document order */
	size_t count;
};

void guest_numa_clear(struct guest_numa *guest);

/*
 * True for the machines on which libvirt makes a pcie-expander-bus: q35 and arm's virt (libvirt:
 * src/qemu/qemu_validate.c; src/qemu/qemu_domain.c, qemuDomainMachineIsQ35 and qemuDomainMachineIsARMVirt).
 * @arch: "x86_64"
 */
bool guest_machine_has_expander(const char *arch, const char *machine);

/* Returns the first cell that is on @node and on no other, or NULL. */
const struct guest_cell *guest_numa_find(const struct guest_numa *guest, size_t node);

#endif
