/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads where functions and processors are: the tree of bridges, and NUMA nodes. Never waits for a device. */
#ifndef PCITAG_HOST_PCI_PLACE_H
#define PCITAG_HOST_PCI_PLACE_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/wish/number_set.h"
#include "model/wish/pinning.h"
#include "model/pci/topology.h"

/*
 * Reads the NUMA nodes of the host (kernel: Documentation/ABI/stable/sysfs-devices-node). A kernel without
 * NUMA has node 0. Returns 0 or -1.
 */
int numa_read_online(const struct sysfs *sysfs, struct number_set *out, struct error *err);

/*
 * Finds the nodes near which a domain is (pinning_nodes()): reads the processors of each node, if the domain
 * is bound to some.
 * @online: of numa_read_online()
 * @out: empty when it is not known
 * Returns 0 or -1.
 */
int numa_read_domain(const struct sysfs *sysfs, const struct number_set *online,
		     const struct pinning *pinning, struct number_set *out, struct error *err);

/*
 * Sets the place, and numa_node, of a function of which address and physical function are set. One that has
 * disappeared is of an unknown place. A function without a node is on the only one of a host with one node,
 * and of an unknown one elsewhere.
 * @online: of numa_read_online()
 * Returns 0 or -1.
 */
int pci_place_read(const struct sysfs *sysfs, const struct number_set *online, struct pci_device *device,
		   struct error *err);

/* The same for all functions of a topology. */
int pci_places_read(const struct sysfs *sysfs, const struct number_set *online, struct topology *topology,
		    struct error *err);

#endif
