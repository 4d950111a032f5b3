/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys of a model that tell one device from another of the same kind: serial, wwid, slot, path. What a device
 * says of these is read only if a model asks (host/pci/marks.h). Pure.
 */
#ifndef PCITAG_MODEL_REGISTRY_IDENTITY_H
#define PCITAG_MODEL_REGISTRY_IDENTITY_H

#include <stdbool.h>

#include "base/error.h"
#include "model/pci/topology.h"
#include "model/wish/pattern_list.h"

/* Each list: any of its words is enough; an empty one admits every device. */
struct model_identity {
	struct pattern_list serial; /* exact, see model_identity_mismatch() */
	struct pattern_list wwid;   /* exact */
	struct pattern_list slot;   /* shell patterns */
	struct pattern_list path;   /* exact, as in struct pci_place */
};

void model_identity_clear(struct model_identity *identity);
bool model_identity_equal(const struct model_identity *a, const struct model_identity *b);

/*
 * Sets one of the keys from its text.
 * Fails with what to write instead in *err.
 */
int model_identity_set(struct model_identity *identity, const char *key, const char *value,
		       struct error *err);

/*
 * Returns the first key that @device does not meet, NULL when it meets all. What is not known of a device
 * meets no key.
 *
 * serial: the capability Device Serial Number (16 hex digits), the serial number of an NVMe controller, or
 * the permanent hardware address of a network card. "-" and ":" between hex digits, and case, do not count.
 * slot: the name of the slot in /sys/bus/pci/slots, or the label that the firmware gives the device.
 */
const char *model_identity_mismatch(const struct model_identity *identity, const struct pci_device *device);

#endif
