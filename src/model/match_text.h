/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does a model match a device, and if not, why: for people. Pure. */
#ifndef PCITAG_MODEL_MATCH_TEXT_H
#define PCITAG_MODEL_MATCH_TEXT_H

#include "model/registry.h"
#include "model/topology.h"

#define MATCH_TEXT_LEN 160

/*
 * Writes it as a clause behind the model's name: "matches", "does not match: its class is 0302, that of the
 * device 0300", "matches, but has enabled = no". Returns @buf.
 */
char *match_text(const struct model *model, const struct pci_device *device, const char *hostname,
		 char buf[static MATCH_TEXT_LEN]);

#endif
