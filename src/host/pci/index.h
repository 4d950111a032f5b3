/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds PCI functions by vendor and device without reading every function of the host. For each tag, udev
 * keeps a directory /run/udev/tags/TAG with an entry for each device that has the tag (systemd:
 * src/libsystemd/sd-device/device-private.c, device_tag_index). pcitag's rule (etc/pcitag.rules) gives every
 * function the tag "pcitag-<vendor>-<device>". The index does not depend on the registry. It is only a hint:
 * an entry may name a function that has disappeared, and a new function may have no entry yet.
 */
#ifndef PCITAG_HOST_PCI_INDEX_H
#define PCITAG_HOST_PCI_INDEX_H

#include <dirent.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pci/address.h"

/*
 * Opens the entries of one vendor and device.
 * @udev: udev's directory, in production "/run/udev"
 * Returns NULL when they cannot be opened, for any reason. Close with closedir(3).
 */
DIR *pci_index_open(const char *udev, uint16_t vendor, uint16_t device);

enum { PCI_INDEX_END = 1 };

/* Reads the next address and skips entries that are not PCI functions. Returns 0, PCI_INDEX_END, or -1. */
int pci_index_next(DIR *dir, struct pci_addr *out, struct error *err);

#endif
