/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads one PCI function with what concerns it, instead of the whole host. */
#ifndef PCITAG_HOST_DESCRIBE_AROUND_H
#define PCITAG_HOST_DESCRIBE_AROUND_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/lease/lease.h"
#include "model/pci/topology.h"

/*
 * A scan of struct host_query (flow/assign/host_state.h). Reads the function at @addr, a struct pci_addr, the
 * other functions of its slot, and all members of their IOMMU groups. Each of them is as in the topology of
 * pci_scan() without a registry. The time does not depend on the size of the host.
 * @leases: as of pci_scan()
 * @out: receives the topology, sorted; free it with topology_clear(). Without a function at @addr it does not
 *       have one there
 */
int pci_around_scan(const struct sysfs *sysfs, const struct lease_list *leases, const void *addr,
		    struct topology *out, struct error *err);

#endif
