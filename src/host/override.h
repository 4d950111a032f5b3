/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The driver override that a function has before we touch it. Reading it can wait for ever: in Linux 6.1 it
 * takes the device's lock, which whoever hangs in an unbind holds (drivers/pci/pci-sysfs.c,
 * driver_override_show). Only for processes that somebody waits for with a deadline.
 */
#ifndef PCITAG_HOST_OVERRIDE_H
#define PCITAG_HOST_OVERRIDE_H

#include "base/error.h"
#include "host/sysfs.h"
#include "model/topology.h"

/* Reads it, "" where none is set or the function has gone. Returns 0, or -1 with *err. */
int override_of(const struct sysfs *sysfs, const struct pci_addr *addr, char out[static PCI_DRIVER_LEN],
		struct error *err);

#endif
