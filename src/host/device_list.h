/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of PCI devices that was kept for another program, whichever of those we know: it is told by its
 * text. INI text is nova.conf, see host/nova_conf.h; YAML with objects is KubeVirt's or Harvester's, see
 * host/cluster_yaml.h; other YAML is a list of libvirt-provider, see host/pci_devices_yaml.h.
 */
#ifndef PCITAG_HOST_DEVICE_LIST_H
#define PCITAG_HOST_DEVICE_LIST_H

#include "base/error.h"
#include "model/pci_devices.h"

/* Largest list, in bytes. */
#define DEVICE_LIST_LIMIT ((size_t)1 << 20)

/*
 * Reads the list.
 * @text: terminated by a NUL that @len does not count
 * @path: its name for messages; must outlive @out
 * @out:  free it with pci_devices_clear(), also after a failure
 * Fails with one line, "path:line: ..." where there is one, when it is no list that is known.
 */
int device_list_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		      struct error *err);

/* The same for the text of a file. */
int device_list_read(const char *path, struct pci_devices *out, struct error *err);

#endif
