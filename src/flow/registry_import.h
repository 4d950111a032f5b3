/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a file of the registry of a list of PCI devices that was kept for another program. */
#ifndef PCITAG_FLOW_REGISTRY_IMPORT_H
#define PCITAG_FLOW_REGISTRY_IMPORT_H

#include "flow/registry_edit.h"
#include "model/pci_devices.h"

/* What has been done. Free it with registry_import_clear(), also after a failure. */
struct registry_import {
	struct pci_devices devices;    /* the list, with its mistakes: those are there also after a refusal */
	struct registry registry;      /* with the models imported, the last ones */
	size_t first;		       /* the first of them */
	struct registry_text text;     /* what the file holds, or would hold */
	struct registry_change change; /* file and outcome */
};

void registry_import_clear(struct registry_import *import);

/*
 * Reads the list in @path and writes registry.d/NAME.ini, NAME being that of @path without directory and
 * ".yaml", with a model for each device that has no mistake. A file that an earlier import wrote is replaced;
 * models in it that were disabled stay so.
 * @only_type: devices of other types are passed over; NULL for none
 * @dry_run:   only make the text: it needs no privilege, and no lock
 * Returns 0; FLOW_REFUSED when nothing is left to import, when that file is somebody else's, or when devices
 * are lent of a model that would go or change; or -1. All with one line in *err, and nothing changed.
 */
int flow_import(const struct flow *flow, const char *path, const char *only_type, bool dry_run,
		struct registry_import *out, struct error *err);

#endif
