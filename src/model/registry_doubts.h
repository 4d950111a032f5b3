/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is allowed in a registry and yet is hardly meant: for `pcitag check`. Pure. */
#ifndef PCITAG_MODEL_REGISTRY_DOUBTS_H
#define PCITAG_MODEL_REGISTRY_DOUBTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/registry.h"
#include "model/topology.h"

/*
 * What a device of this type would be, when the class of a device says that it is none: "a network card".
 * @type:       its words (npu, gpu, nic, nvme, audio, usb, ...) are looked at, any case
 * @class_code: 24 bits, as in struct pci_identity
 * Returns NULL when they agree, when the type has no such word, and for a device that has no class: many
 * accelerators say 00 or ff.
 */
const char *type_contradicts_class(const char *type, uint32_t class_code);

/* Is this number, as a device id, more likely a class code of accelerators, displays, NICs and so on? */
bool id_looks_like_class(uint16_t device);

/* Does the model's `force` name every device of @topology that it matches, and at least one? */
bool model_forces_all(const struct model *model, const struct topology *topology);

#define MODEL_MISSED_LEN 200

/*
 * Why no device of @topology, which holds all with the ids of the model, is matched by it: as a clause that
 * names ids or keys. Returns @buf. Only for a model that matches none.
 */
char *model_missed(const struct model *model, const struct topology *topology,
		   char buf[static MODEL_MISSED_LEN]);

#endif
