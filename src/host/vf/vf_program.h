/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs pcitag-vf-net (host/vf/vf_protocol.h) for one query about virtual functions of network cards. */
#ifndef PCITAG_HOST_VF_VF_PROGRAM_H
#define PCITAG_HOST_VF_VF_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "host/vf/vf_protocol.h"
#include "model/lease/vf_net.h"
#include "model/pci/address.h"

/* One virtual function, as the driver of its physical function tells it. */
struct vf_entry {
	unsigned ifindex; /* of the interface of its physical function */
	char interface[VF_INTERFACE_LEN];
	bool is_up;
	bool has_parent;
	struct pci_addr parent; /* the PCI function of that interface, when the kernel tells it */
	unsigned vf;
	struct vf_net net; /* what the driver tells */
};

struct vf_list {
	struct vf_entry *items; /* owned */
	size_t count;
};

void vf_list_clear(struct vf_list *list);

/*
 * Reads the answer of pcitag-vf-net.
 * @out: receives the functions; the caller frees it with vf_list_clear(), also after a failure
 * Fails for a text of another form, or when out of memory.
 */
int vf_list_read(const char *text, struct vf_list *out, struct error *err);

/* Reads all virtual functions of network interfaces. Returns 0 or -1; @out as above. */
int vf_program_list(struct vf_list *out, struct deadline deadline, struct error *err);

enum { VF_PROGRAM_REFUSED = 1 };

/*
 * Sets each setting of @net of one function.
 * @addr:  of the function; the program holds its lock
 * @entry: the function as it was listed
 * @after: receives all functions as they are then
 * Returns 0; VF_PROGRAM_REFUSED with *err saying which setting the kernel or the driver does not take; or -1,
 * also when the deadline has passed: the program may then still wait in the kernel, and holds the lock.
 */
int vf_program_set(const struct pci_addr *addr, const struct vf_entry *entry, const struct vf_net *net,
		   struct vf_list *after, struct deadline deadline, struct error *err);

#endif
