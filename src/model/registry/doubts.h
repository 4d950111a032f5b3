/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registry contents that are probably not intended, and why a model matches a device or none. Pure. */
#ifndef PCITAG_MODEL_REGISTRY_DOUBTS_H
#define PCITAG_MODEL_REGISTRY_DOUBTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pci/topology.h"
#include "model/registry/registry.h"

/*
 * Returns what a device of this type would be, such as "a network card", when the class contradicts it; NULL
 * when they agree, when the type has no such word, and for a device without a class: many accelerators have
 * 00 or ff.
 * @type: its words (npu, gpu, nic, nvme, audio, usb, ...) count, in any case
 * @class_code: 24 bits, as in struct pci_identity
 */
const char *type_contradicts_class(const char *type, uint32_t class_code);

/* True when this device id is more likely a class code: of accelerators, displays, NICs and so on. */
bool id_looks_like_class(uint16_t device);

/* Returns the number of devices of @topology that @model matches. */
size_t model_count_matches(const struct model *model, const struct topology *topology);

/* True when the model's `force` names every device of @topology that the model matches, and at least one. */
bool model_forces_all(const struct model *model, const struct topology *topology);

#define MODEL_MISSED_LEN 200

/*
 * Explains why the model matches no device of @topology, which contains all devices with the ids of the
 * model, as a clause that names ids or keys. Returns @buf. Only for a model that matches none.
 */
char *model_missed(const struct model *model, const struct topology *topology,
		   char buf[static MODEL_MISSED_LEN]);

#define MATCH_TEXT_LEN 160

/*
 * Writes the explanation as a clause that follows the model's name: "matches", "does not match: its class is
 * 0302, that of the device 0300", "matches, but has enabled = no". Returns @buf.
 */
char *match_text(const struct model *model, const struct pci_device *device, const char *hostname,
		 char buf[static MATCH_TEXT_LEN]);

#endif
