/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections of a registry for devices that no model matches yet: a beginning, for people to edit. Pure. */
#ifndef PCITAG_MODEL_SUGGESTION_H
#define PCITAG_MODEL_SUGGESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/registry.h"
#include "model/topology.h"

/* One function of the host. Nothing is owned. */
struct suggestion_input {
	const struct pci_device *device;
	const char *vendor_name; /* as pci.ids has them; "" for unknown */
	const char *device_name;
	const char *class_name;
	bool is_candidate; /* a guest may have it, and no model matches it */
};

/* Most addresses in a key of a section, so that its line stays short enough for ini_file.h. */
#define SUGGESTION_ADDRESSES_MAX 12

struct suggestion {
	char model[NAME_LEN];
	char type[NAME_LEN];
	struct pci_identity id; /* of the first function; what the section says of it: */
	bool has_class;		/* others with the same ids are of another class */
	bool has_subsystem;	/* others with the same ids and class are of another subsystem */
	enum functions_mode functions;
	struct pci_addr exclude[SUGGESTION_ADDRESSES_MAX]; /* others that nothing else tells apart */
	size_t exclude_count;
	struct pci_addr address[SUGGESTION_ADDRESSES_MAX]; /* those meant, where the others are too many */
	size_t address_count;
	const struct suggestion_input *first; /* of the functions it is for; points into the inputs */
};

struct suggestion_list {
	struct suggestion *items; /* owned */
	size_t count;
};

void suggestion_list_clear(struct suggestion_list *list);

/*
 * The sections for the candidates among @inputs: one for each vendor and device, split by class or subsystem
 * where a function that is no candidate has the same ids. A graphics card gets functions = all, and its other
 * functions no section of their own.
 * @registry: whose names the new ones must not contradict
 * @inputs:   every function of the host, ordered by address; they must outlive @out
 * @out:      receives the sections, in the order of their first functions
 * Fails for want of memory only.
 */
int suggest_sections(const struct registry *registry, const struct suggestion_input *inputs, size_t count,
		     struct suggestion_list *out, struct error *err);

/* Does the section match @device? */
bool suggestion_matches(const struct suggestion *suggestion, const struct pci_device *device);

/*
 * The function of a graphics card that @input, one of @inputs, goes with: it is a candidate, of the same slot
 * and group. NULL when it stands for itself.
 */
const struct suggestion_input *suggestion_leader(const struct suggestion_input *inputs, size_t count,
						 const struct suggestion_input *input);

/*
 * The section as text for registry.ini, in front of it comments with names, addresses and groups.
 * @inputs: as given to suggest_sections()
 * Returns a string that the caller frees, or NULL for want of memory.
 */
char *suggestion_text(const struct suggestion *suggestion, const struct suggestion_input *inputs,
		      size_t count);

/*
 * A name for a model: what stands in the last brackets of @device_name ("GA102 [GeForce RTX 3090]"), or else
 * what stands in front, of letters, digits, - and _ alone, cut between words. Without any,
 * "pci-VVVV-DDDD".
 */
void suggestion_name(const char *device_name, const struct pci_identity *id, char out[static NAME_LEN]);

#endif
