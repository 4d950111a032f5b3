/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Suggested registry sections for devices that no model matches yet, as a starting point for editing. Pure.
 */
#ifndef PCITAG_MODEL_SUGGEST_SUGGESTION_H
#define PCITAG_MODEL_SUGGEST_SUGGESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/pci/topology.h"
#include "model/registry/registry.h"

/* One function of the host. It owns nothing. */
struct suggestion_input {
	const struct pci_device *device;
	const char *vendor_name; /* from pci.ids; "" when unknown */
	const char *device_name;
	const char *class_name;
	bool is_candidate; /* a guest may get it, and no model matches it */
};

/* Maximum number of addresses in a key, so that the line is short enough for host/config/ini_file.h. */
#define SUGGESTION_ADDRESSES_MAX 12

struct suggestion {
	char model[NAME_LEN];
	char type[NAME_LEN];
	struct pci_identity id; /* of the first function; the section's keys for it: */
	bool has_class;		/* others with the same ids have another class */
	bool has_subsystem;	/* others with the same ids and class have another subsystem */
	enum functions_mode functions;
	struct pci_addr exclude[SUGGESTION_ADDRESSES_MAX]; /* unintended devices that no other key excludes */
	size_t exclude_count;
	struct pci_addr address[SUGGESTION_ADDRESSES_MAX]; /* the intended ones, if the others are too many */
	size_t address_count;
	const struct suggestion_input *first; /* the first function for the section; points into the inputs */
};

struct suggestion_list {
	struct suggestion *items; /* owned */
	size_t count;
};

void suggestion_list_clear(struct suggestion_list *list);

/*
 * Creates the sections for the candidates in @inputs: one for each vendor and device, split by class or
 * subsystem when a function that is not a candidate has the same ids. A graphics card gets functions = all,
 * and no sections for its other functions. Fails only when out of memory.
 * @registry: the new names must not contradict its names
 * @inputs: every function of the host, ordered by address; they must outlive @out
 * @out: receives the sections, in the order of their first functions
 */
int suggest_sections(const struct registry *registry, const struct suggestion_input *inputs, size_t count,
		     struct suggestion_list *out, struct error *err);

/* True when the section matches @device. */
bool suggestion_matches(const struct suggestion *suggestion, const struct pci_device *device);

/* Returns the graphics candidate in slot and group of @input, one of @inputs, that it belongs to, or NULL. */
const struct suggestion_input *suggestion_leader(const struct suggestion_input *inputs, size_t count,
						 const struct suggestion_input *input);

/*
 * Writes the section as text for registry.ini, preceded by comments with names, addresses and groups.
 * @inputs: as passed to suggest_sections()
 * Returns a string that the caller frees, or NULL when out of memory.
 */
char *suggestion_text(const struct suggestion *suggestion, const struct suggestion_input *inputs,
		      size_t count);

/*
 * Makes a name for a model from the text in the last brackets of @device_name ("GA102 [GeForce RTX 3090]"),
 * or else before them: letters, digits, - and _, cut between words; "pci-VVVV-DDDD" without usable text.
 */
void suggestion_name(const char *device_name, const struct pci_identity *id, char out[static NAME_LEN]);

#endif
