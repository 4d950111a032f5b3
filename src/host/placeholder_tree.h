/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The links under /dev/pcitag that a domain's placeholders name:
 *   /dev/pcitag/OWNER/REQUEST -> /dev/pcitag/device/GRANT -> /dev/vfio/GROUP
 * A further grant of the same group ends in /dev/vfio/vfio instead, which every tagged domain has anyway:
 * libvirt opens all of a domain's nodes at once to lock their labels (src/security/security_manager.c,
 * virSecurityManagerMetadataLock), and a group can be open only once.
 * libvirt follows and recreates the chain in the guest's private /dev (libvirt:
 * src/qemu/qemu_namespace.c); the wrapper reads the address off the middle link.
 */
#ifndef PCITAG_HOST_PLACEHOLDER_TREE_H
#define PCITAG_HOST_PLACEHOLDER_TREE_H

#include "base/error.h"
#include "model/lease.h"

/* Creates the links of every grant; what stands in their place is replaced. */
int placeholder_tree_create(const struct lease *lease, struct error *err);

/*
 * Removes those that say what the lease says, and the owners' directories that are empty then: a link of the
 * same name that leads elsewhere is another lease's. /dev/pcitag itself stays: removing it would race with
 * another domain's start. Links already gone are no failure.
 */
int placeholder_tree_remove(const struct lease *lease, struct error *err);

/* What one link of an owner says; nothing but a lease says whether that is still true. */
struct placeholder {
	struct request request;
	struct pci_addr addr;
	uint8_t functions;
};

struct placeholder_list {
	struct placeholder *items; /* owned: the caller frees it */
	size_t count;
};

/* Reads all of them; anything else that lies in the owners' directories is left out. */
int placeholder_tree_list(struct placeholder_list *out, struct error *err);

/* Is it there, and does it still say the same? */
bool placeholder_tree_has(const struct placeholder *placeholder);

/* Removes the owner's link, and its directory when that is empty then. */
int placeholder_tree_remove_one(const struct placeholder *placeholder, struct error *err);

#endif
