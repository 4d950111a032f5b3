/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a PCI function is in the tree of bridges, and how far two functions are from each other. Pure: from
 * the path in sysfs, which has the address of each bridge above the function; host/pci/place.h reads it.
 *
 * sysfs has no attribute for the type of a port, and reading configuration space would wait for a device that
 * does not answer. So position decides: below a root port, a bridge that has another bridge below it is the
 * upstream port of a PCIe switch (PCI Express Base Specification 5.0, 1.3.3: a switch is an upstream port
 * with downstream ports below it). A single bridge below a root port is one to conventional PCI.
 */
#ifndef PCITAG_MODEL_PCI_PLACE_H
#define PCITAG_MODEL_PCI_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/pci/address.h"

/* More bridges than buses can be nested in practice; a function behind more is of an unknown place. */
#define PCI_BRIDGES_MAX 15

/* "ffffffff:ff" and "/1f.7" for each bridge and the function, with the NUL. */
#define PCI_BRIDGE_PATH_LEN (12 + 5 * (PCI_BRIDGES_MAX + 1))

/* {0} is unknown. */
struct pci_place {
	bool is_known; /* the path was read */
	bool has_node; /* the NUMA node is known */
	uint16_t node; /* NUMA node */
	bool has_switch;
	struct pci_addr card;	     /* the slot, as its function 0; of a virtual function, that of its PF */
	struct pci_addr switch_port; /* upstream port of the switch, of several that nearest to the root */
	uint32_t root_domain;	     /* the root bus */
	uint8_t root_bus;
	/*
	 * "0000:00/01.0/00.0": the root bus, then slot and function of each bridge, and of the function.
	 * Other than addresses it does not change when buses are numbered anew. "" when it is not known.
	 */
	char path[PCI_BRIDGE_PATH_LEN];
};

/* The kinds of places, in the order of enum wish_level: who shares one shares each later one, if it is known.
 */
enum pci_level {
	PCI_LEVEL_CARD,
	PCI_LEVEL_SWITCH,
	PCI_LEVEL_ROOT,
	PCI_LEVEL_NUMA,
	PCI_LEVELS,
};

/*
 * Sets all but the NUMA node.
 * @target: of the link /sys/bus/pci/devices/ADDRESS:
 *          "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0"
 * @physfn: physical function of a virtual one; NULL for others
 * Without a valid path, is_known is false; the card is known in any case.
 */
void pci_place_parse(const char *target, const struct pci_addr *addr, const struct pci_addr *physfn,
		     struct pci_place *out);

/*
 * Returns a number that is the same for all functions that share a place of this kind, and another one for
 * each other place; 0 when it is not known. A function that is behind no switch shares its place of that kind
 * with its card.
 */
uint64_t pci_place_id(const struct pci_place *place, enum pci_level level);

enum pci_distance {
	PCI_SAME_CARD,
	PCI_SAME_SWITCH,
	PCI_SAME_ROOT,
	PCI_SAME_NODE,
	PCI_OTHER_NODE,
	PCI_DISTANCE_UNKNOWN,
};

enum pci_distance pci_place_distance(const struct pci_place *a, const struct pci_place *b);

/* Returns "same card", "same switch", "same root", "same node", "other node" or "unknown". */
const char *pci_distance_name(enum pci_distance distance);

#endif
