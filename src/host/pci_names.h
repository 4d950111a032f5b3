/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vendors, devices and classes are called, from pci.ids: the only place that knows libpci. */
#ifndef PCITAG_HOST_PCI_NAMES_H
#define PCITAG_HOST_PCI_NAMES_H

#include <stdbool.h>

#include "model/topology.h"

#define PCI_NAME_LEN 160

/* "" for what pci.ids does not know. */
struct pci_names {
	char vendor[PCI_NAME_LEN];
	char device[PCI_NAME_LEN];
	char subsystem_vendor[PCI_NAME_LEN];
	char subsystem[PCI_NAME_LEN];
	char class_name[PCI_NAME_LEN];
};

struct pci_names_source;

/*
 * Makes the names available; close with pci_names_close().
 * Returns NULL when they are not: no libpci on this machine, or no memory. pci_names_look_up() then knows
 * nothing.
 */
struct pci_names_source *pci_names_open(void);
void pci_names_close(struct pci_names_source *source);

/* Never fails: names are for people. No network is asked, no file of the user's read. */
void pci_names_look_up(struct pci_names_source *source, const struct pci_identity *id, struct pci_names *out);

#endif
