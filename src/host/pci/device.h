/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads one PCI function from sysfs (kernel: Documentation/ABI/testing/sysfs-bus-pci). */
#ifndef PCITAG_HOST_PCI_DEVICE_H
#define PCITAG_HOST_PCI_DEVICE_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/address.h"
#include "model/pci/topology.h"

/* Reads one function, except is_open. Returns 0, SYSFS_ABSENT when there is none at @addr, or -1. */
int pci_device_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
		    struct error *err);

/*
 * The second half of pci_device_read(): what needs access to the device, or its lock. @device is as
 * pci_device_read_known() has read it.
 * @with_capabilities: also sets what its state has of the configuration space, by the same read: for
 * functions that a guest may get (host/pci/state.h)
 */
int pci_device_read_rest(const struct sysfs *sysfs, struct pci_device *device, bool with_capabilities,
			 struct error *err);

/*
 * Reads only what tells whether a function is still the one that it was: identity, group and driver. Sets
 * is_unread. Returns as pci_device_read().
 */
int pci_device_read_place(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			  struct error *err);

/*
 * As pci_device_read(), but reads only what the kernel reports without access to the device and without its
 * lock: identity, group and driver. Sets is_unread, and derives is_bridge from the class alone.
 */
int pci_device_read_known(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			  struct error *err);

/* Reads "vendor" or "device" alone: a number of 16 bits. Returns as pci_device_read(). */
int pci_device_read_id(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute,
		       long *out, struct error *err);

/* Reads the IOMMU group of a function: a number, or PCI_NO_GROUP. Returns as pci_device_read(). */
int pci_device_read_group(const struct sysfs *sysfs, const struct pci_addr *addr, int *group,
			  struct error *err);

/* Reads the driver of a function, "" for none. Returns as pci_device_read(). */
int pci_device_read_driver(const struct sysfs *sysfs, const struct pci_addr *addr,
			   char driver[static PCI_DRIVER_LEN], struct error *err);

/*
 * Reads the physical function of a virtual function (kernel: Documentation/ABI/testing/sysfs-bus-pci,
 * physfn). Returns 0, SYSFS_ABSENT when @addr is not a virtual function or has disappeared, or -1.
 */
int pci_device_read_physfn(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_addr *physfn,
			   struct error *err);

/* Sets is_vfio of a function whose address and driver are set. Returns 0 or -1. */
int pci_device_read_vfio(const struct sysfs *sysfs, struct pci_device *device, struct error *err);

/*
 * Reads the driver override that a function has before pcitag changes it. This can block forever: Linux 6.1
 * takes the device's lock (drivers/pci/pci-sysfs.c, driver_override_show), which a process that hangs in an
 * unbind holds. Use it only in processes that a caller awaits with a deadline.
 * @out: receives it, "" when none is set or the function has disappeared
 * Returns 0, or -1 with *err.
 */
int pci_device_read_override(const struct sysfs *sysfs, const struct pci_addr *addr,
			     char out[static PCI_DRIVER_LEN], struct error *err);

/* The same, but accepts the leftover of a truncated write, and returns SYSFS_ABSENT as pci_device_read(). */
int pci_device_read_override_text(const struct sysfs *sysfs, const struct pci_addr *addr, char *out,
				  size_t size, struct error *err);

#endif
