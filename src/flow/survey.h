/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This host as it is: every PCI function, what it is called, who needs it, and what of it a guest could have.
 */
#ifndef PCITAG_FLOW_SURVEY_H
#define PCITAG_FLOW_SURVEY_H

#include "flow/plan.h"
#include "host/pci_facts.h"
#include "host/pci_names.h"
#include "model/pci_kind.h"
#include "model/suggestion.h"

struct survey_item {
	const struct pci_device *device;
	const struct model *model; /* the first one, in registry order, that matches, or NULL */
	struct verdict verdict;	   /* without a model: as if one matched it that says no more than the ids */
	struct verdict need;	   /* what the host would miss of this function, IOMMU or not */
	struct pci_names names;
	struct pci_facts facts;
	enum pci_part part;		    /* of machine or chipset: no section is proposed for it */
	const struct suggestion *section;   /* that would match it, when it is for guests and no model does */
	const struct pci_device *goes_with; /* the graphics card that it is part of, then it has no section */
};

struct survey {
	struct plan plan;	   /* what the items point into */
	struct survey_item *items; /* owned, ordered by address, one for each device of the topology */
	size_t count;
	struct suggestion_input *inputs; /* owned, the same order */
	struct suggestion_list sections;
	bool has_names; /* libpci and pci.ids are on this machine */
};

/*
 * Reads everything; changes nothing. Without root it is not seen which groups are open, which disks the
 * kernel itself has claimed, and whose processes have what open (host/host_use.h). Free it with
 * survey_clear(), also after a failure.
 */
int survey_read(const struct flow *flow, struct survey *out, struct error *err);
void survey_clear(struct survey *survey);

/* The function at @addr, or NULL. */
const struct survey_item *survey_find(const struct survey *survey, const struct pci_addr *addr);

/* Is it worth showing to who asks what guests could have: a device, or what the registry matches? */
bool survey_is_shown(const struct survey_item *item);

/* Why there is no section for @item though no model matches it, as a clause; "" when there is one. */
char *survey_format_reason(const struct survey_item *item, char buf[static VERDICT_LEN]);

#endif
