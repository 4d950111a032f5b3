/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of this host: those that the registry matches, and every PCI function. Changes nothing. */
#ifndef PCITAG_FLOW_VIEW_INVENTORY_H
#define PCITAG_FLOW_VIEW_INVENTORY_H

#include "flow/assign/host_state.h"
#include "host/describe/facts.h"
#include "host/describe/names.h"
#include "model/pci/kind.h"
#include "model/suggest/suggestion.h"

/* ---- what the registry matches, with its verdict, as list and types show it ------------------------- */

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
 * Reads it, without privilege. The caller frees it with inventory_clear(), also after a failure.
 * @name: only devices that match a model of this name or type, even if other models precede it; NULL for all
 */
int inventory_read(const struct paths *paths, const char *name, struct inventory *out, struct error *err);
void inventory_clear(struct inventory *inventory);

/* What this host has for a request. */
struct request_view {
	size_t devices;		 /* that match it, free or not */
	struct number_set nodes; /* the NUMA nodes on which they are, as far as they are known */
	enum wish_numa numa;	 /* of its profile */
};

/*
 * Looks a request up in the registry of this host, before a domain makes it.
 * Returns 0; FLOW_REFUSED with prepare's message in *err when the registry has no such type or model; or -1.
 */
int flow_check_request(const struct paths *paths, const struct request *request, struct request_view *out,
		       struct error *err);

/* ---- every function: its name, what needs it, and what a guest could have --------------------------- */

struct survey_item {
	const struct pci_device *device;
	const struct model *model; /* the first one, in registry order, that matches, or NULL */
	struct verdict verdict;	   /* without a model: as if a model matched that contains only the ids */
	struct verdict need;	   /* what the host would lose with this function, IOMMU or not */
	struct pci_names names;
	struct pci_facts facts;
	enum pci_part part;		    /* of machine or chipset: no section is proposed for it */
	const struct suggestion *section;   /* matches it, when it is for guests and no model does */
	const struct pci_device *goes_with; /* the graphics card that it is part of; it has no section then */
};

struct survey {
	struct host_state host;	   /* the items point into it */
	struct survey_item *items; /* owned, ordered by address, one for each device of the topology */
	size_t count;
	struct suggestion_input *inputs; /* owned, the same order */
	struct suggestion_list sections;
	bool has_names;		  /* pci.ids is installed */
	const char *iommu_advice; /* what this host needs for IOMMU groups; NULL when it has some */
};

/*
 * Reads everything; changes nothing. Without root it cannot be read which groups are open, which disks the
 * kernel itself has claimed, and what other users' processes have open (host/in_use/in_use.h). The caller
 * frees it with survey_clear(), also after a failure.
 * @addr: NULL for the whole host. Otherwise only the function at this address and its group are read: other
 *        functions may be missing, and so may the sections, which depend on every function of the host.
 *        survey_wants_section() says whether the function has one
 */
int survey_read(const struct paths *paths, const struct pci_addr *addr, struct survey *out,
		struct error *err);
void survey_clear(struct survey *survey);

/*
 * Reads where the function at @addr is, without access to it. Returns 0, SYSFS_ABSENT when there is none, or
 * -1.
 */
int flow_read_place(const struct paths *paths, const struct pci_addr *addr, struct pci_place *out,
		    struct error *err);

/* Returns the function at @addr, or NULL. */
const struct survey_item *survey_find(const struct survey *survey, const struct pci_addr *addr);

/* Returns another member of the function's group: the first for NULL, NULL at the end or without a group. */
const struct survey_item *survey_next_member(const struct survey *survey, const struct survey_item *item,
					     const struct survey_item *previous);

/* Returns true when a section is proposed for the function. */
bool survey_wants_section(const struct survey *survey, const struct survey_item *item);

/* Returns true when the function is listed as available to guests: a device, or one the registry matches. */
bool survey_is_shown(const struct survey_item *item);

/* Formats, as a clause, why @item has no section although no model matches it; "" when there is one. */
char *survey_format_reason(const struct survey_item *item, char buf[static VERDICT_LEN]);

#endif
