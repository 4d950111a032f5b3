/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a list of PCI devices in YAML: the only place that knows libyaml. Event by event, so that nothing is
 * built that the text asks for: aliases, with which a small text stands for a large one, are refused.
 */
#ifndef PCITAG_HOST_PCI_DEVICES_YAML_H
#define PCITAG_HOST_PCI_DEVICES_YAML_H

#include "base/error.h"
#include "model/pci_devices.h"

/* Deepest nesting of what is passed over. */
#define PCI_DEVICES_YAML_DEPTH 16

/*
 * Reads the list; what is no device, has keys that a device does not have, or a value that is no text, is
 * noted as a mistake.
 * @path: its name for messages; must outlive @out
 * @out:  free it with pci_devices_clear(), also after a failure
 * Fails with one line, "path:line: ..." where there is one, when the text is no YAML, or no list of vendors.
 */
int pci_devices_yaml_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
			   struct error *err);

#endif
