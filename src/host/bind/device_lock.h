/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks that show which process is moving a function between drivers. Each worker holds the lock of its
 * function from its first write until it exits. A process that hangs in the kernel has not exited, even after
 * it was killed. No other process may touch the function meanwhile: the write may still take effect.
 */
#ifndef PCITAG_HOST_BIND_DEVICE_LOCK_H
#define PCITAG_HOST_BIND_DEVICE_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/pci/address.h"

/*
 * Takes the lock until this process exits.
 * @fd: of the lock file (struct lease_store), or -1 when there is none: the call then does nothing
 * Fails when another process holds the lock; *err names the process.
 */
int device_lock_take(int fd, const struct pci_addr *addr, struct error *err);

/*
 * Records whether the process that holds the lock waits for the kernel to bind the function to a driver.
 * Other processes read it with device_lock_is_binding().
 */
void device_lock_set_binding(int fd, const struct pci_addr *addr, bool is_binding);

/* Whether the holder of the lock waits for a driver to bind the function, not for one to release it. */
bool device_lock_is_binding(int fd, const struct pci_addr *addr);

/* Returns the process that holds the lock, 0 for none. */
pid_t device_lock_holder(int fd, const struct pci_addr *addr);

#endif
