/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of vendors, devices and classes from pci.ids. Only this file uses libpci. */
#ifndef PCITAG_HOST_DESCRIBE_NAMES_H
#define PCITAG_HOST_DESCRIBE_NAMES_H

#include <stdbool.h>

#include "model/pci/topology.h"

#define PCI_NAME_LEN 160

/* "" for names that are not in pci.ids. */
struct pci_names {
	char vendor[PCI_NAME_LEN];
	char device[PCI_NAME_LEN];
	char subsystem_vendor[PCI_NAME_LEN];
	char subsystem[PCI_NAME_LEN];
	char class_name[PCI_NAME_LEN];
};

struct pci_names_source;

/*
 * Makes the names available. Close with pci_names_close(). Returns NULL when libpci is not installed or
 * memory runs out; pci_names_look_up() then finds no names.
 */
struct pci_names_source *pci_names_open(void);
void pci_names_close(struct pci_names_source *source);

/* Never fails, since names are only for display. Uses no network and reads no file of the user. */
void pci_names_look_up(struct pci_names_source *source, const struct pci_identity *id, struct pci_names *out);

#endif
