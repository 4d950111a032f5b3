/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a list of PCI devices in YAML. Only this file uses libyaml. The reader processes single events and
 * builds no document. It refuses aliases, with which a small text can expand to a large one.
 */
#ifndef PCITAG_HOST_IMPORT_PCI_DEVICES_YAML_H
#define PCITAG_HOST_IMPORT_PCI_DEVICES_YAML_H

#include "base/error.h"
#include "model/import/pci_devices.h"

/* Deepest nesting of skipped values. */
#define PCI_DEVICES_YAML_DEPTH 16

/*
 * Reads the list. Records a mistake for an item that is not a device, for a key that a device does not have,
 * and for a value that is not a text.
 * @path: its name for messages; must outlive @out
 * @out:  free it with pci_devices_clear(), also after a failure
 * Fails with one line ("path:line: ..." when a line is known) when the text is not YAML or not a list of
 * vendors.
 */
int pci_devices_yaml_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
			   struct error *err);

#endif
