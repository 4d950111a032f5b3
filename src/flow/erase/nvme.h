/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Erases the disks of an NVMe controller, and proves that nothing of what was on them can be read. */
#ifndef PCITAG_FLOW_ERASE_NVME_H
#define PCITAG_FLOW_ERASE_NVME_H

#include "base/error.h"
#include "model/pci/address.h"

/*
 * Erases all namespaces of the controller at @addr: by sanitize where it knows that and has its NVM subsystem
 * for itself, otherwise by a format with secure erase. Success needs the sanitize log to say so, and samples
 * of each disk to differ from what they were before; where a disk shows nothing, something is written before.
 * @sys: in production "/sys"
 * Prints its steps on standard output. Returns 0, or -1 with *err.
 */
int flow_erase_nvme(const char *sys, const struct pci_addr *addr, struct error *err);

#endif
