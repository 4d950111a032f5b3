/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The driver override that a function has before pcitag changes it. Reading it can block forever: Linux 6.1
 * takes the device's lock (drivers/pci/pci-sysfs.c, driver_override_show), which a process that hangs in an
 * unbind holds. Use it only in processes that a caller awaits with a deadline.
 */
#ifndef PCITAG_HOST_BIND_OVERRIDE_H
#define PCITAG_HOST_BIND_OVERRIDE_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

/* Reads the override, "" when none is set or the function has disappeared. Returns 0, or -1 with *err. */
int override_of(const struct sysfs *sysfs, const struct pci_addr *addr, char out[static PCI_DRIVER_LEN],
		struct error *err);

#endif
