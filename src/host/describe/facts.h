/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts of a PCI function from sysfs that affect no decision and are only for display (kernel:
 * Documentation/ABI/testing/sysfs-bus-pci). The start of a domain does not read them.
 */
#ifndef PCITAG_HOST_DESCRIBE_FACTS_H
#define PCITAG_HOST_DESCRIBE_FACTS_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

#define PCI_SPEED_LEN 24
#define PCI_RESET_LEN 64

/* A PCI Express link: for example "8.0 GT/s" and 16 lanes, or "" and 0 when there is none. */
struct pci_link {
	char speed[PCI_SPEED_LEN];
	unsigned width;
};

struct pci_facts {
	struct pci_link now;
	struct pci_link most;		   /* the maximum that the function supports */
	char reset_methods[PCI_RESET_LEN]; /* in the order in which the kernel tries them, or "" */
	bool on_root;			   /* on a root bus, without a bridge above */
	bool is_virtual;		   /* a virtual function; its physical function is: */
	struct pci_addr physical;
	unsigned vfs_possible; /* sriov_totalvfs of a physical function */
};

/*
 * Reads the facts. Fields that the function does not have, or that have just disappeared, stay empty, as do
 * those that may block in a process that skips this function (host/process/progress.h).
 */
int pci_facts_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_facts *out,
		   struct error *err);

/* Sets numa_node of all devices. */
int pci_facts_read_nodes(const struct sysfs *sysfs, struct topology *topology, struct error *err);

#endif
