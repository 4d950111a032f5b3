/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a list of PCI devices written for another program. The text determines the format: INI text is
 * nova.conf; YAML with objects is KubeVirt's or Harvester's; other YAML is a list of libvirt-provider. The
 * file of each reader describes its format.
 */
#ifndef PCITAG_HOST_IMPORT_DEVICE_LIST_H
#define PCITAG_HOST_IMPORT_DEVICE_LIST_H

#include "base/error.h"
#include "model/import/pci_devices.h"

/* Maximum size of a list, in bytes. */
#define DEVICE_LIST_LIMIT ((size_t)1 << 20)

/*
 * Reads the list. What cannot be imported is recorded as a mistake.
 * @text: terminated by a NUL that @len does not count
 * @path: its name for messages; must outlive @out
 * @out:  overwritten; the caller frees it with pci_devices_clear(), also after a failure
 * Fails with one line, "path:line: ..." where a line is known, when the text is not a list of a known format.
 */
int device_list_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		      struct error *err);

/* Reads the list from a file; see device_list_parse(). */
int device_list_read(const char *path, struct pci_devices *out, struct error *err);

/* The readers of one format each, as device_list_parse(). @out is empty but for its path and err. */

/* Fails also when the text has neither of Nova's options. */
int nova_conf_parse(const char *text, size_t len, struct pci_devices *out);

enum { CLUSTER_YAML_OTHER = 1 };

/* Reads all documents. CLUSTER_YAML_OTHER: the part of @text that is valid YAML has no such object. */
int cluster_yaml_parse(const char *text, size_t len, struct pci_devices *out);

/*
 * Records a mistake also for an item that is not a device, for a key that a device does not have, and for a
 * value that is not a text. Fails when the text is not YAML or not a list of vendors.
 */
int pci_devices_yaml_parse(const char *text, size_t len, struct pci_devices *out);

#endif
