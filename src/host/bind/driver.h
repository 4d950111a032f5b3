/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single steps between drivers, through sysfs (kernel: Documentation/ABI/testing/sysfs-bus-pci). Each may
 * wait in the kernel without an end: only a worker takes them.
 */
#ifndef PCITAG_HOST_BIND_DRIVER_H
#define PCITAG_HOST_BIND_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/address.h"

/* Returns whether the driver exists. Its directory in sysfs covers modules and built-in drivers alike. */
bool driver_exists(const struct sysfs *sysfs, const char *driver);

/*
 * Lists the names of all PCI drivers of the kernel, in the format of lease.drivers. The caller frees *out,
 * which is NULL when the list is longer than a lease can record.
 */
int driver_list(const struct sysfs *sysfs, char **out, struct error *err);

/* Writes a driver override; "" clears it. */
int driver_override_write(const struct sysfs *sysfs, const struct pci_addr *addr, const char *driver,
			  struct error *err);

/* Unbinds the function. Succeeds also when it has no driver, or loses it at the same time. */
int driver_unbind(const struct sysfs *sysfs, const struct pci_addr *addr, struct error *err);

/* The driver refused the function, or does not exist. Not a result of a worker (host/process/worker.h). */
#define DRIVER_REFUSED 2

/*
 * Unbinds the function from its driver and binds it to @driver, by way of the driver override, which stays.
 * @lock: see struct binder
 * Returns 0; DRIVER_REFUSED with the driver's code in *err; or -1.
 */
int driver_bind(const struct sysfs *sysfs, int lock, const struct pci_addr *addr, const char *driver,
		struct error *err);

/* Unbinds the function and lets the kernel choose a driver as it does at boot. Returns 0 or -1. */
int driver_bind_any(const struct sysfs *sysfs, int lock, const struct pci_addr *addr, struct error *err);

/* Offers a function that has no driver to the drivers that are not in @known, a list of driver_list(). */
void driver_offer_to_new(const struct sysfs *sysfs, const char *known, const struct pci_addr *addr);

/*
 * Loads a kernel module: runs /sbin/modprobe @name (modprobe(8)), in a worker of its own. Success means only
 * that modprobe exited with 0: driver_exists() shows whether the driver exists.
 */
int driver_load_module(const char *name, struct deadline deadline, struct error *err);

#endif
