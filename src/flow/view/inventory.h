/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every device of this host that the registry matches, with its verdict, as list and types show them. */
#ifndef PCITAG_FLOW_VIEW_INVENTORY_H
#define PCITAG_FLOW_VIEW_INVENTORY_H

#include "flow/assign/host_state.h"

struct inventory_item {
	const struct pci_device *device;
	const struct model *model; /* the first requested model, in registry order, that matches */
	struct verdict verdict;
};

struct inventory {
	struct host_state host;	      /* the items point into it */
	struct inventory_item *items; /* owned, ordered by address */
	size_t count;
};

/*
 * Reads the inventory; changes nothing and needs no privilege. The caller frees it with inventory_clear(),
 * also after a failure.
 * @name: only devices that match a model of this name or type, even if other models precede it; NULL for all
 */
int inventory_read(const struct paths *paths, const char *name, struct inventory *out, struct error *err);
void inventory_clear(struct inventory *inventory);

#endif
