/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PCI functions by vendor and device, without looking at every function of the host: udev keeps a directory
 * for each tag, /run/udev/tags/TAG, with an entry for each device that has it (systemd:
 * src/libsystemd/sd-device/device-private.c, device_tag_index), and our rule (etc/pcitag.rules) gives every
 * function the tag "pcitag-<vendor>-<device>". Nothing in it depends on the registry. It is a hint: an entry
 * may be of a function that has left, and a new function may not have one yet.
 */
#ifndef PCITAG_HOST_PCI_INDEX_H
#define PCITAG_HOST_PCI_INDEX_H

#include <dirent.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pci_addr.h"

/*
 * Opens the entries of one vendor and device.
 * @udev: udev's directory, in production "/run/udev"
 * Returns NULL when there are none, for whatever reason. Close with closedir(3).
 */
DIR *pci_index_open(const char *udev, uint16_t vendor, uint16_t device);

#define PCI_INDEX_END 1

/* Reads the next address, passing over what is no PCI function. Returns 0, PCI_INDEX_END, or -1. */
int pci_index_next(DIR *dir, struct pci_addr *out, struct error *err);

#endif
