/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What sysfs tells of a PCI function that nothing is decided by, and that people want to know (kernel:
 * Documentation/ABI/testing/sysfs-bus-pci). A start reads none of it.
 */
#ifndef PCITAG_HOST_PCI_FACTS_H
#define PCITAG_HOST_PCI_FACTS_H

#include "base/error.h"
#include "host/sysfs.h"
#include "model/topology.h"

#define PCI_SPEED_LEN 24
#define PCI_RESET_LEN 64

/* Of a PCI Express link: "8.0 GT/s" and 16 lanes; "" and 0 where there is none. */
struct pci_link {
	char speed[PCI_SPEED_LEN];
	unsigned width;
};

struct pci_facts {
	struct pci_link now;
	struct pci_link most;		   /* what the function could do */
	char reset_methods[PCI_RESET_LEN]; /* in the order in which the kernel tries them, "" for none */
	bool on_root;			   /* on a root bus: no bridge leads to it */
	bool is_virtual;		   /* a virtual function, of: */
	struct pci_addr physical;
	unsigned vfs_possible; /* sriov_totalvfs of a physical function */
};

/* Reads them; what a function does not have, or what has vanished meanwhile, is left empty. */
int pci_facts_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_facts *out,
		   struct error *err);

/* Fills in numa_node of all devices. */
int pci_facts_read_nodes(const struct sysfs *sysfs, struct topology *topology, struct error *err);

#endif
