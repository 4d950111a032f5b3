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

#endif
