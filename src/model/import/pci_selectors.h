/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Converts the device selectors of cluster managers into models of the registry. Pure:
 * host/import/cluster_yaml.c and host/import/nova_conf.c read them.
 *
 * The cluster manager's name for the devices becomes the type: for "nvidia.com/GH100" the text after the last
 * '/', with '-' for characters that are invalid in a name, so that the same text always gives the same type.
 * The models of a type are called TYPE-VENDOR, and have the device ids, or the addresses, of all selectors
 * with that name. An entry that the administrator wrote becomes one section when the registry can express it
 * in one.
 */
#ifndef PCITAG_MODEL_IMPORT_PCI_SELECTORS_H
#define PCITAG_MODEL_IMPORT_PCI_SELECTORS_H

#include "model/import/pci_devices.h"

/* Maximum number of addresses in a section. It keeps the line short enough for the reader of the registry. */
#define SELECTOR_ADDRESSES_MAX 12

/* Parses 4 hex digits, with or without 0x. */
bool pci_selector_take_id(const char *text, uint16_t *out);

/* Called by pci_devices_add_models(), which describes it. */
void pci_selectors_add_models(struct pci_devices *devices, const char *only_type, struct registry *registry);

/*
 * PCI addresses as nova.conf's device_spec writes them, converted into the patterns of the registry, which
 * know "*" for a whole field only (OpenStack Nova: nova/pci/devspec.py).
 */

/* Domain, bus, slot and function. */
#define ADDRESS_FIELDS 4

struct address_patterns {
	char address[SELECTOR_ADDRESSES_MAX][PCI_ADDR_LEN];
	size_t count; /* 0: any address */
};

/*
 * Accepts "0000:0a:00.1", ":0a:00." and "0a:00". A field that is empty, or missing at the start, matches any
 * value. Adds at most one pattern to @out. Returns false for any other text.
 */
bool address_patterns_from_glob(const char *text, struct address_patterns *out);

/*
 * Accepts a regular expression for each field, of hexadecimal digits and [...], or ".*" for any value, and
 * adds all addresses that they match to @out, which is empty.
 * @text: NULL is a text that is not an expression
 * Returns -1, or the index of the first field that no list of addresses can express; @out is then empty.
 */
int address_patterns_from_expressions(const char *const text[static ADDRESS_FIELDS],
				      struct address_patterns *out);

#endif
