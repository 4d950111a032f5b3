/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PCI addresses as nova.conf's device_spec writes them, converted into the patterns of the registry, which
 * know "*" for a whole field only (OpenStack Nova: nova/pci/devspec.py).
 */
#ifndef PCITAG_MODEL_IMPORT_ADDRESS_PATTERNS_H
#define PCITAG_MODEL_IMPORT_ADDRESS_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/import/pci_selectors.h"
#include "model/pci/address.h"

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
 * Returns -1, or the index of the first field with which a list of addresses cannot express them; @out is
 * then empty.
 */
int address_patterns_from_expressions(const char *const text[static ADDRESS_FIELDS],
				      struct address_patterns *out);

#endif
