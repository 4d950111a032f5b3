/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the host's PCI functions and IOMMU groups from sysfs into a topology. */
#ifndef PCITAG_HOST_PCI_SCAN_H
#define PCITAG_HOST_PCI_SCAN_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/lease/lease.h"
#include "model/pci/topology.h"
#include "model/registry/registry.h"

/*
 * Reads every function whose vendor and device a model of @registry names, with all members of its IOMMU
 * group. Functions that disappear during the scan are left out.
 * @registry: NULL for every function of the host, including bridges
 * @leases: no device is accessed, and no node is opened, of a group that one of these holds or names by
 *          address. A device may answer slowly while a guest resets it. A group can be open only once at a
 *          time, so a probe could make the guest's own open fail. NULL: no device is accessed and no node is
 *          opened
 * @out: receives the topology, sorted; free it with topology_clear()
 */
int pci_scan(const struct sysfs *sysfs, const struct registry *registry, const struct lease_list *leases,
	     struct topology *out, struct error *err);

/* Returns true when a scan can end with what it has read so far. */
typedef bool pci_scan_enough_fn(const struct topology *topology, const void *context);

/*
 * As pci_scan(), but reads only the functions that udev's index names, and of these only those in groups that
 * none of @leases holds. This is fast on a host with many functions. For each tag, udev keeps a directory
 * with an entry for each device that has the tag. pcitag's rule (etc/pcitag.rules) gives every function the
 * tag "pcitag-<vendor>-<device>". The index does not depend on the registry. It is only a hint: an entry may
 * name a function that has disappeared, and a new function may have no entry yet.
 * @udev: udev's directory, in production "/run/udev"
 * @enough: called from time to time, at least each time the number of functions has doubled; when it returns
 *          true, the scan ends. Functions are read with their groups by ascending address. NULL: all
 *          functions are read
 * @context: passed to @enough
 * Also returns SYSFS_ABSENT when there is no index, when no function of it is left, and for a model with
 * device = *. The caller then needs pci_scan().
 */
int pci_scan_indexed(const struct sysfs *sysfs, const char *udev, const struct registry *registry,
		     const struct lease_list *leases, pci_scan_enough_fn *enough, const void *context,
		     struct topology *out, struct error *err);

/*
 * Adds the function at @addr and all members of its IOMMU group to @out, as pci_scan() reads them,
 * unless they are in it. A function that does not exist is left out. Leaves @out unsorted.
 */
int pci_scan_add(const struct sysfs *sysfs, const struct lease_list *leases, const struct pci_addr *addr,
		 struct topology *out, struct error *err);

/*
 * Appends all members of an IOMMU group that are not yet in @out, as far as they can be read without access
 * to the devices (is_unread). Leaves @out unsorted.
 */
int pci_scan_members(const struct sysfs *sysfs, int group, struct topology *out, struct error *err);

/*
 * Finds a member of an IOMMU group that the host uses: an endpoint on a driver other than VFIO's. Returns 0
 * with the member in @out, SYSFS_ABSENT when there is none, or -1.
 */
int pci_scan_host_member(const struct sysfs *sysfs, int group, struct pci_device *out, struct error *err);

#endif
