/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Explains whether a model matches a device and, if not, why. Pure. */
#ifndef PCITAG_MODEL_REGISTRY_MATCH_TEXT_H
#define PCITAG_MODEL_REGISTRY_MATCH_TEXT_H

#include "model/pci/topology.h"
#include "model/registry/registry.h"

#define MATCH_TEXT_LEN 160

/*
 * Writes the explanation as a clause that follows the model's name: "matches", "does not match: its class is
 * 0302, that of the device 0300", "matches, but has enabled = no". Returns @buf.
 */
char *match_text(const struct model *model, const struct pci_device *device, const char *hostname,
		 char buf[static MATCH_TEXT_LEN]);

#endif
