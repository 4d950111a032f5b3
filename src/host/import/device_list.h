/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a list of PCI devices written for another program. The text determines the format: INI text is
 * nova.conf (host/import/nova_conf.h); YAML with objects is KubeVirt's or Harvester's
 * (host/import/cluster_yaml.h); other YAML is a list of libvirt-provider (host/import/pci_devices_yaml.h).
 */
#ifndef PCITAG_HOST_IMPORT_DEVICE_LIST_H
#define PCITAG_HOST_IMPORT_DEVICE_LIST_H

#include "base/error.h"
#include "model/import/pci_devices.h"

/* Maximum size of a list, in bytes. */
#define DEVICE_LIST_LIMIT ((size_t)1 << 20)

/*
 * Reads the list.
 * @text: terminated by a NUL that @len does not count
 * @path: its name for messages; must outlive @out
 * @out:  the caller frees it with pci_devices_clear(), also after a failure
 * Fails with one line, "path:line: ..." where a line is known, when the text is not a list of a known format.
 */
int device_list_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		      struct error *err);

/* Reads the list from a file; see device_list_parse(). */
int device_list_read(const char *path, struct pci_devices *out, struct error *err);

#endif
