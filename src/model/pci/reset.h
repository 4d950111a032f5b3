/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reset methods of a function, in the order in which the kernel tries them (kernel:
 * Documentation/ABI/testing/sysfs-bus-pci, reset_method, since 5.15). Pure.
 */
#ifndef PCITAG_MODEL_PCI_RESET_H
#define PCITAG_MODEL_PCI_RESET_H

#include <stdint.h>

/* A list of methods: four bits for each, the first one lowest; 0 ends it, and is the empty list. */
typedef uint32_t pci_resets;

/* Size of the longest list as text, including the NUL. */
#define PCI_RESETS_LEN 64

/*
 * Parses names separated by blanks or commas: "flr bus". Returns 0, or 1 when a name is unknown or given
 * twice (@out untouched). An empty text is the empty list.
 */
int pci_resets_parse(const char *text, pci_resets *out);

/* Writes the names separated by blanks, as the attribute has them. Returns @buf. */
char *pci_resets_format(pci_resets resets, char buf[static PCI_RESETS_LEN]);

#endif
