/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A finding: why a function is degraded or out, and since when. Pure; host/store/findings.c keeps those that
 * last.
 */
#ifndef PCITAG_MODEL_PCI_FINDING_H
#define PCITAG_MODEL_PCI_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pci/address.h"
#include "model/pci/state.h"
#include "model/pci/topology.h"

#define FINDING_TEXT_LEN 256
#define FINDING_WHEN_LEN 32

struct finding {
	struct pci_addr addr;
	struct pci_identity id; /* another function at the address is not meant */
	bool is_of_any;		/* the file that has the identity cannot be read: of whatever is there */
	enum pci_condition condition;	 /* PCI_DEGRADED or PCI_OUT */
	int64_t since;			 /* seconds since the epoch */
	char when[FINDING_WHEN_LEN];	 /* the same as text; "" for what was just seen, and is not kept */
	char evidence[FINDING_TEXT_LEN]; /* a clause on one line */
};

struct finding_list {
	struct finding *items; /* owned */
	size_t count;
};

void finding_list_clear(struct finding_list *list);
/* Appends a copy; fails when out of memory. */
int finding_list_add(struct finding_list *list, const struct finding *finding, struct error *err);

/* True when it is about @device. */
bool finding_is_of(const struct finding *finding, const struct pci_device *device);

/* Returns the text of its file, which the caller frees; NULL when out of memory. */
char *finding_to_text(const struct finding *finding);

/* Parses the text of a file. Returns 0, or -1 with *err naming the first field that is wrong. */
int finding_from_text(const char *text, size_t len, struct finding *out, struct error *err);

#endif
