/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the host's PCI functions and IOMMU groups from sysfs into a topology. */
#ifndef PCITAG_HOST_PCI_SCAN_H
#define PCITAG_HOST_PCI_SCAN_H

#include "base/error.h"
#include "host/sysfs.h"
#include "model/lease.h"
#include "model/registry.h"
#include "model/topology.h"

/*
 * Reads every function whose vendor and device some model of @registry names, with all
 * members of their IOMMU groups. Functions that vanish while we look are left out.
 * @leases: neither the devices nor the node of a group that one of these holds, or names by address, are
 *          asked: a device may be slow to answer while a guest resets it, and a group opens only once at a
 *          time, so that to look at it would be to get in the way of the guest's own open. NULL: no device
 *          and no node is asked
 * @out: receives the topology, sorted; free it with topology_clear()
 */
int pci_scan(const struct sysfs *sysfs, const struct registry *registry, const struct lease_list *leases,
	     struct topology *out, struct error *err);

/* The same for every function of the host, bridges included, whatever the registry says. */
int pci_scan_whole(const struct sysfs *sysfs, const struct lease_list *leases, struct topology *out,
		   struct error *err);

#define PCI_SCAN_ABSENT 1

/* May a scan end with what has been read so far? */
typedef bool pci_scan_enough_fn(const struct topology *topology, const void *context);

/*
 * The same, looking only at the functions that udev's index names (host/pci_index.h; @udev is "/run/udev" in
 * production), and of these only at groups that none of @leases holds: quick on a host with many, but one
 * that has just come may be missing.
 * @enough: they are read with their groups by ascending address; asked now and then, at least each time that
 *          there are twice as many: true ends the scan. NULL: all of them are read
 * @context: handed to it
 * Returns PCI_SCAN_ABSENT, too, when there is no index or nothing left in it, and for a
 * model with device = *: then only pci_scan() knows.
 */
int pci_scan_indexed(const struct sysfs *sysfs, const char *udev, const struct registry *registry,
		     const struct lease_list *leases, pci_scan_enough_fn *enough, const void *context,
		     struct topology *out, struct error *err);

/* Reads one function, all but is_open. Returns 0, PCI_SCAN_ABSENT when there is none
 * at @addr, or -1. */
int pci_scan_device(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
		    struct error *err);

/*
 * The same as far as the kernel tells it without asking the device or waiting for its lock: identity, group,
 * driver; is_unread is set, and is_bridge by the class alone.
 */
int pci_scan_known(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
		   struct error *err);

/* Appends all members of an IOMMU group that are not yet in @out, as far as that can be read without asking
 * them (is_unread), and leaves @out unsorted. */
int pci_scan_members(const struct sysfs *sysfs, int group, struct topology *out, struct error *err);

/*
 * Finds a member of an IOMMU group that the host has: an endpoint on a driver that is not VFIO's.
 * Returns 0 with it in @out, PCI_SCAN_ABSENT when there is none, or -1.
 */
int pci_scan_host_member(const struct sysfs *sysfs, int group, struct pci_device *out, struct error *err);

/* Reads the IOMMU group of a function: a number, or PCI_NO_GROUP. Returns as pci_scan_device(). */
int pci_scan_group_of(const struct sysfs *sysfs, const struct pci_addr *addr, int *group, struct error *err);

/* Reads the driver of a function, "" for none. Returns as pci_scan_device(). */
int pci_scan_driver_of(const struct sysfs *sysfs, const struct pci_addr *addr,
		       char driver[static PCI_DRIVER_LEN], struct error *err);

/* Does this host isolate anything? False without an IOMMU, or with it switched off. */
bool pci_scan_has_iommu(const struct sysfs *sysfs);

#endif
