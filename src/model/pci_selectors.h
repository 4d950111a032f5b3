/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What cluster managers select devices by, made into models of the registry. Pure: host/cluster_yaml.c and
 * host/nova_conf.c read it.
 *
 * What they call such devices becomes the type: of "nvidia.com/GH100" what stands behind the last '/', with
 * '-' for what no name may have, so that the same text always gives the same type. The models of a type are
 * called TYPE-VENDOR, and have the device ids, or the addresses, of all that is selected so: what an
 * administrator wrote as one thing is one section, where the registry can say it in one.
 */
#ifndef PCITAG_MODEL_PCI_SELECTORS_H
#define PCITAG_MODEL_PCI_SELECTORS_H

#include "model/pci_devices.h"

/* Most addresses in a section, so that its line stays short enough for the reader of the registry. */
#define SELECTOR_ADDRESSES_MAX 12

/* Reads 4 hex digits, with or without 0x. */
bool pci_selector_take_id(const char *text, uint16_t *out);

/* The type that @selector stands for; "" when nothing of its text can be in a name. */
void pci_selector_type(const struct pci_selector *selector, char type[static NAME_LEN]);

/* See pci_devices_add_models(), which calls it. */
int pci_selectors_add_models(struct pci_devices *devices, const char *only_type, struct registry *registry,
			     struct error *err);

#endif
