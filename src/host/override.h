/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The driver overrides that functions have before we touch them. Apart from all other attributes, because
 * reading this one can wait for ever: in Linux 6.1 it takes the device's lock, which whoever hangs in an
 * unbind holds (drivers/pci/pci-sysfs.c, driver_override_show).
 */
#ifndef PCITAG_HOST_OVERRIDE_H
#define PCITAG_HOST_OVERRIDE_H

#include <stddef.h>

#include "base/error.h"
#include "host/sysfs.h"
#include "model/lease.h"

/*
 * Fills in previous_override of @count members, "" where none is set.
 * @timeout_ms: for all of them; they are read in a worker
 * Fails with the address of the one that could not be read, or did not answer.
 */
int override_read(const struct sysfs *sysfs, struct lease_member *members, size_t count, int timeout_ms,
		  struct error *err);

#endif
