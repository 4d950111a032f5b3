/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is moving a function between drivers right now: each worker holds the lock of its function from its
 * first write to its end, and a process that hangs in the kernel has not ended, dead as it may look. Nobody
 * else may touch the function meanwhile: the write that hangs takes effect whenever the kernel likes.
 */
#ifndef PCITAG_HOST_DEVICE_LOCK_H
#define PCITAG_HOST_DEVICE_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/pci_addr.h"

/*
 * Takes the lock for the rest of this process's life.
 * @fd: of the lock file (struct lease_store), or -1 where there is none to be had: then this does nothing
 * Fails when another process has it, and names it.
 */
int device_lock_take(int fd, const struct pci_addr *addr, struct error *err);

/*
 * What the process that has the lock is at: from now on it asks the kernel to bind the function to a driver,
 * or no longer. Others see it by device_lock_is_binding().
 */
void device_lock_set_binding(int fd, const struct pci_addr *addr, bool is_binding);

/* Does the process that has the lock wait for a driver to take the function, and not for one to let go of it?
 */
bool device_lock_is_binding(int fd, const struct pci_addr *addr);

/* The process that has the lock, 0 for none. */
pid_t device_lock_holder(int fd, const struct pci_addr *addr);

#endif
