/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which functions of a host a picture shows, and how they are connected: from the NUMA nodes over root buses
 * and bridges to functions. A picture has few boxes however many functions the host has: what is alike is
 * merged, step by step, and counted. The word of hwloc's lstopo for each kind of node is in map_kind_name().
 */
#ifndef PCITAG_MODEL_MAP_MAP_H
#define PCITAG_MODEL_MAP_MAP_H

#include "base/error.h"
#include "model/map/state.h"
#include "model/pci/topology.h"

/* No node, no function. */
#define MAP_NONE SIZE_MAX

/* A function of the host, in the order of addresses. */
struct map_function {
	const struct pci_device *device;
	enum map_state state;
	const char
		*kind;	/* by which functions are alike: the name of its model, or of the kind of its class */
	bool is_part;	/* of machine or chipset, and no model matches it: not shown */
	bool is_marked; /* always a node of its own */
	size_t parent;	/* index of the function above it, MAP_NONE on a root bus: set by map_build() */
};

enum map_kind {
	MAP_ROOT,   /* a root bus, or all of a NUMA node */
	MAP_BRIDGE, /* a function with others below it */
	MAP_DEVICE, /* one function */
	MAP_VFS,    /* virtual functions of one physical function */
	MAP_MANY,   /* several functions that are alike */
};

struct map_node {
	enum map_kind kind;
	size_t parent;		  /* index of its node, MAP_NONE for a root */
	unsigned depth;		  /* 0 for a root */
	size_t function;	  /* index; of ROOT, VFS and MANY that of the first one */
	size_t via;		  /* index of the nearest bridge above that was merged into it, or MAP_NONE */
	size_t first;		  /* where its functions begin in map.members */
	size_t count;		  /* number of its functions, 1 for DEVICE; 0 for ROOT and BRIDGE */
	struct map_counts counts; /* of them */
	int node;		  /* NUMA node of the area that it is in, or PCI_NO_NODE */
	bool is_switch;		  /* of BRIDGE: other bridges are below it */
	bool is_all;		  /* of ROOT: all root buses of the NUMA node */
};

/* How much was merged, from nothing to all that is alike on a NUMA node. */
enum map_merge {
	MAP_MERGE_VFS,	    /* virtual functions, when a physical function has more than a few */
	MAP_MERGE_SIBLINGS, /* also what is alike below one bridge */
	MAP_MERGE_ROOT,	    /* what is alike below one root bus; without bridges */
	MAP_MERGE_NODE,	    /* what is alike on a NUMA node; without root buses */
	MAP_MERGES,
};

struct map {
	struct map_node
		*nodes; /* owned; a node is behind its parent, and before what is behind its subtree */
	size_t count;
	size_t *members; /* owned */
	size_t member_count;
	enum map_merge merge;
	struct map_counts counts; /* of what is shown, merged or not */
	size_t parts;		  /* functions of machine and chipset that are left out */
	size_t bridges;		  /* bridges without a node of their own */
};

/* How much fits; 0 stands for the usual. */
struct map_limits {
	size_t boxes; /* number of nodes, from which on more is merged */
	size_t vfs;   /* virtual functions of one physical function that are not merged */
};

/*
 * Makes the map. Sets functions[].parent.
 * @functions: in the order of addresses; must outlive the map, which has indices of them
 * Fails only when out of memory. The caller frees @out with map_clear(), also after a failure.
 */
int map_build(struct map_function *functions, size_t count, const struct map_limits *limits, struct map *out,
	      struct error *err);
void map_clear(struct map *map);

/* Returns lstopo's word: "HostBridge", "PCIBridge", "PCI". */
const char *map_kind_name(enum map_kind kind);

/* Returns the NUMA node of the area that the function is drawn in, or PCI_NO_NODE. */
int map_node_of(const struct pci_device *device);

/* Enough for map_root_format(), including the NUL. */
#define MAP_ROOT_LEN 16

/* Writes the root bus that the function is below: "0000:00". Returns @buf. */
char *map_root_format(const struct pci_device *device, char buf[static MAP_ROOT_LEN]);

#endif
