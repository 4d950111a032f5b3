/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The links under /dev/pcitag that a domain's placeholders name:
 *
 *	/dev/pcitag/OWNER/REQUEST -> /dev/pcitag/device/GRANT -> /dev/vfio/GROUP
 *	/dev/pcitag/OWNER/REQUEST -> /dev/null
 *
 * The second is that of an optional request that got no device. Every guest may use /dev/null already, so
 *that libvirt grants nothing more by it; the wrapper leaves such an input device out. A further grant of the
 *same group ends in /dev/vfio/vfio instead, which every tagged domain has anyway. libvirt opens all nodes of
 *a domain at once to lock their labels (src/security/security_manager.c, virSecurityManagerMetadataLock), and
 *a group can be open only once. libvirt follows the chain and recreates it in the guest's private /dev
 *(libvirt: src/qemu/qemu_namespace.c). The wrapper reads the address and the options from the middle link.
 */
#ifndef PCITAG_HOST_STORE_PLACEHOLDER_LINKS_H
#define PCITAG_HOST_STORE_PLACEHOLDER_LINKS_H

#include <stdbool.h>

#include "base/error.h"
#include "model/lease/lease.h"

/* Creates the links of every grant, and of every request without a device. Replaces existing files of the
 * same names. */
int placeholder_links_create(const struct lease *lease, struct error *err);

/*
 * Removes the links that match the lease, and the owners' directories that are then empty. A link of the same
 * name with another target belongs to another lease and stays. /dev/pcitag itself also stays: removing it
 * would race with the start of another domain. Links that are already gone are not an error.
 */
int placeholder_links_remove(const struct lease *lease, struct error *err);

/* The content of one owner's link. Only a lease shows whether it is still valid. */
struct placeholder {
	struct request request;
	bool is_without; /* it leads to no device: the other fields are empty */
	struct pci_addr addr;
	uint8_t functions;
	struct device_options options;
};

struct placeholder_list {
	struct placeholder *items; /* owned: the caller frees it */
	size_t count;
};

/* Reads all placeholders. Skips other files in the owners' directories. */
int placeholder_links_list(struct placeholder_list *out, struct error *err);

/* Returns true when the link still exists with the same target. */
bool placeholder_links_has(const struct placeholder *placeholder);

/* Removes the owner's link, and the owner's directory when it is then empty. */
int placeholder_links_remove_one(const struct placeholder *placeholder, struct error *err);

#endif
