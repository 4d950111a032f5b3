/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creates a registry file from a list of PCI devices that was kept for another program. */
#ifndef PCITAG_FLOW_CONFIGURE_REGISTRY_IMPORT_H
#define PCITAG_FLOW_CONFIGURE_REGISTRY_IMPORT_H

#include "flow/configure/registry_edit.h"
#include "host/describe/names.h"
#include "model/import/pci_devices.h"

/* The result of an import. The caller frees it with registry_import_clear(), also after a failure. */
struct registry_import {
	struct pci_devices devices;    /* the list, with its errors, which are set also after a refusal */
	struct registry registry;      /* including the imported models, which are the last ones */
	size_t first;		       /* index of the first imported model */
	struct registry_text text;     /* what the file contains, or would contain */
	struct registry_change change; /* file and outcome */
	struct pci_names *names; /* owned: what pci.ids calls the imported models, in their order, "" for
				    nothing; NULL after a dry run */
};

void registry_import_clear(struct registry_import *import);

/*
 * Writes registry.d/NAME.ini from the list @path (NAME: without directory and ".yaml"), with a model for each
 * device without an error. A file of an earlier import is replaced; what was disabled in it stays so.
 * @only_type: devices of other types are skipped; NULL for no restriction
 * @dry_run:   only generates the text, which needs neither privilege nor lock
 * Returns 0; FLOW_REFUSED when nothing is left to import, when no import wrote that file, or when devices are
 * assigned of a model that would be removed or changed; or -1. Then *err is set, and nothing is changed.
 */
int flow_import(const struct paths *paths, const char *path, const char *only_type, bool dry_run,
		struct registry_import *out, struct error *err);

#endif
