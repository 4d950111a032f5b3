/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shape of the file system: which directories, files and links a model of a host has.
 * A node is a small value, not an object: nothing is allocated for it, and it stays valid
 * (or turns into "no such file") whatever happens to the host.
 */
#ifndef PRETEND_NODES_H
#define PRETEND_NODES_H

#include <stdint.h>
#include <sys/types.h>

#include "pretend/model.h"

enum node_kind {
	NODE_STATIC = 0,  /* sub: index of the table of fixed names; the root is sub 1 */
	NODE_ROOT_BUS,	  /* obj: domain << 8 | bus */
	NODE_DEVICE,	  /* obj: device, for this and the next ones */
	NODE_ATTR,	  /* sub: enum attr */
	NODE_BUS_LINK,	  /* bus/pci/devices/ADDR */
	NODE_DRIVER_LINK, /* sub: driver, so that a cached link is never one of another time */
	NODE_GROUP_LINK,  /* sub: group */
	NODE_SUBSYSTEM_LINK,
	NODE_PHYSFN_LINK,
	NODE_VIRTFN_LINK, /* sub: number of the VF */
	NODE_CHILD,	  /* sub: index of the table of what a bound driver adds */
	NODE_CLASS_LINK,  /* class/net/X, class/block/X; sub: index of the same table */
	NODE_BOUND_LINK,  /* bus/pci/drivers/D/ADDR; sub: driver */
	NODE_MEMBER_LINK, /* kernel/iommu_groups/N/devices/ADDR */
	NODE_DRIVER,	  /* obj: driver */
	NODE_DRIVER_FILE, /* sub: index into bind, unbind, ... */
	NODE_MODULE,	  /* obj: driver; sub: enum module_part */
	NODE_GROUP,	  /* obj: group */
	NODE_GROUP_DEVICES,
	NODE_GROUP_TYPE,
	NODE_VFIO_GROUP, /* /dev/vfio/N; sub: incarnation */
	NODE_NUMA,	 /* devices/system/node/...; obj: index into model.nodes; sub: enum numa_part */
};

/* The fixed names that something is done with. Index 1 must be the root: FUSE calls it node 1. */
/* A module's directory, and what of its parameters is pretended. */
enum module_part { MODULE_TOP, MODULE_PARAMETERS, MODULE_DENYLIST };

/* A node's directory and its file, and the file beside all of them. */
enum numa_part { NUMA_TOP, NUMA_CPULIST, NUMA_ONLINE };

enum static_node {
	STATIC_NONE,
	STATIC_ROOT,
	STATIC_SYS,
	STATIC_VFIO,
	STATIC_CONTROL,
	STATIC_LOG,
	STATIC_STATE,
	STATIC_ERROR,
	STATIC_BUS,
	STATIC_PCI,
	STATIC_PCI_DEVICES,
	STATIC_PCI_DRIVERS,
	STATIC_DRIVERS_PROBE,
	STATIC_PCI_RESCAN,
	STATIC_DEVICES,
	STATIC_SYSTEM,
	STATIC_SYSTEM_NODE,
	STATIC_KERNEL,
	STATIC_GROUPS,
	STATIC_MODULE,
	STATIC_CLASS,
	STATIC_CLASS_NET,
	STATIC_CLASS_BLOCK,
	STATIC_CLASS_IOMMU,
	STATIC_CLASS_VFIO,
	STATIC_IOMMU_UNIT,
	STATIC_VFIO_CONTAINER,
	STATIC_COUNT,
};

enum attr {
	ATTR_VENDOR,
	ATTR_DEVICE,
	ATTR_SUBVENDOR,
	ATTR_SUBDEVICE,
	ATTR_CLASS,
	ATTR_REVISION,
	ATTR_OVERRIDE,
	ATTR_NUMA,
	ATTR_ENABLE,
	ATTR_POWER,
	ATTR_NUMVFS,
	ATTR_TOTALVFS,
	ATTR_BOOT_VGA,
	ATTR_MODALIAS,
	ATTR_RESET_METHOD,
	ATTR_LINK_SPEED,
	ATTR_LINK_WIDTH,
	ATTR_MAX_LINK_SPEED,
	ATTR_MAX_LINK_WIDTH,
	ATTR_AER_FATAL,
	ATTR_AER_NONFATAL,
	ATTR_AER_PORT_FATAL,
	ATTR_RESET,
	ATTR_REMOVE,
	ATTR_RESCAN,
	ATTR_UEVENT,
	ATTR_IRQ,
	ATTR_RESOURCE,
	ATTR_CONFIG,
	ATTR_COUNT,
};

enum driver_file { DRIVER_BIND, DRIVER_UNBIND, DRIVER_NEW_ID, DRIVER_REMOVE_ID, DRIVER_UEVENT, DRIVER_FILES };

struct node {
	enum node_kind kind;
	uint32_t obj, sub;
	uint32_t seq; /* tells apart two lookups of one file, see fuse.c */
};

#define PATH_LEN 512

typedef void node_emit_fn(void *ctx, const char *name, struct node node);

/* Nodes as inode numbers and back: kind 8 bits, seq 12, obj 28, sub 16. */
uint64_t node_encode(struct node n);
struct node node_decode(uint64_t ino);

/* Finds a name in a directory: 0 and *out, or -ENOENT, -ENOTDIR. */
int node_lookup(struct model *m, struct node dir, const char *name, struct node *out);
/* Type and permissions of a node; 0 when it is not there (any more). */
mode_t node_mode(const struct model *m, struct node n);
/* Calls @emit for everything in a directory. */
void node_list(struct model *m, struct node dir, node_emit_fn *emit, void *ctx);
/* Where a link points: 0 or -ENOENT. */
int node_link(const struct model *m, struct node n, char target[static PATH_LEN]);
/* A file's text, for all that needs no lock: number of bytes or a negative errno. */
int node_text(const struct model *m, struct node n, char buf[static PAGE_LEN]);
/* The path by which logs and faults name a node: /sys/bus/pci/devices/ADDR/vendor. */
void node_path(const struct model *m, struct node n, char path[static PATH_LEN]);

/* nodes_child.c: net/, nvme/ and block/ below a device while its own driver has it */
int child_lookup(const struct model *m, const struct device *dev, int parent, const char *name);
mode_t child_mode(const struct device *dev, int index);
void child_list(const struct device *dev, int parent, node_emit_fn *emit, void *ctx);
int child_link(const struct device *dev, int index, char target[static PATH_LEN]);
int child_text(const struct device *dev, int index, char buf[static PAGE_LEN]);
void child_path(const struct device *dev, int index, char path[static PATH_LEN]);
int child_of_class(const struct device *dev, const char *class_name, char name[static NAME_LEN]);

/* nodes_attr.c: the files of a device */
extern const char *const attr_names[ATTR_COUNT];
mode_t attr_mode(const struct device *dev, enum attr attr);
int attr_text(const struct model *m, const struct device *dev, enum attr attr, char buf[static PAGE_LEN]);

/* Path of a device's directory below /sys: devices/pci0000:00/0000:00:01.0/0000:01:00.0 */
void device_path(const struct device *dev, char path[static PATH_LEN]);
/* Writes "../" so often that it leads from the directory @path up to /sys. */
void path_to_top(const char *path, char up[static PATH_LEN]);

#endif
