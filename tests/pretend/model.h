/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A model of the part of Linux that decides which driver has a PCI device: devices,
 * drivers, IOMMU groups and VFIO group nodes. It holds no file, thread or clock: what can
 * take long in the kernel is an operation (struct op) that is stepped until it is done, and
 * the caller decides how to wait. Sources of the behaviour are named where it is written
 * (paths are of the Linux 6.1 and 6.12 trees).
 */
#ifndef PRETEND_MODEL_H
#define PRETEND_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_LEN 64
#define PCI_NAME_LEN 20
#define PAGE_LEN 4096
#define MAX_DRIVERS 64
#define MAX_GROUPS 65536
#define MAX_DEVICES (1 << 20)
#define ADDR_BUCKETS 16384
#define NO_GROUP (-1)

struct op;

/* A pair of ids that was added to a driver at run time, through its new_id file. */
struct dynamic_id {
	unsigned int vendor, device;
};

struct driver {
	char name[NAME_LEN];
	char module[NAME_LEN];
	bool present;  /* registered with the PCI bus: has a directory under bus/pci/drivers */
	bool loadable; /* modprobe finds it */
	bool vfio;     /* hands its devices to user space through a group node */
	struct dynamic_id dynamic[16];
	int n_dynamic;
};

/* What a driver does wrong with one device; drv NULL means whichever driver. */
struct misbehaviour {
	const struct driver *drv;
	int error; /* probe only: the positive errno it fails with */
	bool hangs;
};

struct device {
	int index; /* into model.devices; never used again for another device */
	char addr[PCI_NAME_LEN];
	unsigned int vendor, device, subvendor, subdevice, class, revision, header;
	struct device *parent; /* the bridge above, NULL on a root bus */
	struct device *first_child, *next_sibling;
	struct device *next_same_bucket;
	int root_bus;	       /* domain << 8 | bus of the root bus above it */
	int group;	       /* IOMMU group number or NO_GROUP */
	struct driver *native; /* whose id table names it */
	struct driver *driver;
	bool link_shown;	    /* the `driver` link exists; not the same as driver != NULL */
	char *override;		    /* NULL: unset */
	const struct op *locked_by; /* the kernel's device_lock() */
	int numa, boot_vga;	    /* boot_vga: -1 when it has no such file */
	int numvfs, totalvfs;	    /* totalvfs 0: not a PF */
	int keeps_vfs;		    /* a PF whose driver leaves its VFs when it is removed */
	struct device *physfn;	    /* the PF, for a VF */
	/* Of a PF whose VFs appear when they are made: what they are, and where. vf_device 0: none appears.
	 */
	unsigned int vf_device;
	int vf_offset, vf_stride;
	int vf_most;		  /* its driver makes no more; 0: as many as are asked for */
	struct driver *vf_native; /* whose id table names them */
	int autoprobe_off;	  /* a new VF is offered to no driver */
	char vgpus[NAME_LEN];	  /* of a PF: "533x2,1145x8", types of its VFs' vGPUs and how many fit */
	int vgpu_taken;		  /* how much of it is taken: sriov.c */
	int vgpu;		  /* of a VF of such a PF: its type, 0 for none */
	bool dead;		  /* its config space reads all ones */
	bool gone;		  /* removed from the bus */
	int open_count;		  /* device descriptors handed out by its group */
	int probe_ms, unbind_ms;
	struct misbehaviour probe_faults[4], unbind_fault;
	char resets_supported[NAME_LEN]; /* "" until reset_method was written for the first time */
	char dsn[NAME_LEN]; /* hex: of the capability Device Serial Number; "" when it has none */
	char power[NAME_LEN], reset_method[NAME_LEN], net[NAME_LEN], block[NAME_LEN];
	char aer[NAME_LEN];  /* "FATAL:NONFATAL", errors counted; "" without Advanced Error Reporting */
	char link[NAME_LEN]; /* "2.5x1/8.0x4": now and at most, GT/s and lanes; "" when it is not PCIe */
	/* What net and block are part of, and what they consist of. */
	char master[NAME_LEN], upper[NAME_LEN], holder[NAME_LEN], partition[NAME_LEN];
	char disk_number[NAME_LEN], partition_number[NAME_LEN]; /* "8:1", or "" for one of their own */
	char char_class[NAME_LEN], char_name[NAME_LEN], char_number[NAME_LEN];
	char vfio_number[NAME_LEN]; /* of its node below /dev/vfio/devices; "" when the kernel has no iommufd
				     */
	bool net_up, net_away;	    /* away: the interface is in another network namespace */
};

/*
 * An IOMMU group. Its VFIO node exists while a member is bound to a vfio driver; after
 * the last one went, a new bind makes a new node (incarnation) to which an old opener has
 * no claim (drivers/vfio/group.c: vfio_device_remove_group()).
 */
struct group {
	bool exists;
	int number;
	int vfio_members;
	int from, to; /* its members' indexes are in [from, to): a listing need not look at the others */
	unsigned int incarnation;
	const void *opener; /* the one open file of the node */
	bool claimed;	    /* its opener set up a container: DMA owner is user space */
	bool held;	    /* a QEMU that is no process of the test holds it */
	bool noiommu;	    /* made up by vfio for a device that has no group */
};

#define MAX_NODES 16

/* A NUMA node, with its processors as the kernel lists them: "0-3". */
struct numa_node {
	int number;
	char cpus[NAME_LEN];
};

struct model {
	struct device **devices;
	int n_devices, first_live; /* devices before first_live belong to an earlier host */
	struct device *buckets[ADDR_BUCKETS];
	struct driver drivers[MAX_DRIVERS];
	int n_drivers;
	struct group groups[MAX_GROUPS];
	struct numa_node nodes[MAX_NODES];
	int n_nodes; /* 0: a kernel without NUMA */
	bool noiommu;
	bool denylist_off;  /* vfio-pci was loaded with disable_denylist=1 */
	unsigned int epoch; /* grows when the whole host is replaced */
};

enum op_kind {
	OP_SET_OVERRIDE,  /* write(2) to driver_override */
	OP_READ_OVERRIDE, /* read(2) of it: it takes the device lock, too */
	OP_UNBIND,
	OP_BIND,
	OP_PROBE,  /* drivers_probe */
	OP_ATTACH, /* a driver (or an id of it) is new: it is offered every free device */
	OP_REMOVE, /* the device leaves the bus */
	OP_LOCKED, /* nothing but take and drop the device lock, as sriov_numvfs does */
};

struct op {
	enum op_kind kind;
	struct device *dev;
	struct driver *drv;
	const char *text; /* OP_SET_OVERRIDE: what was written */
	size_t len;
	/* private to ops.c */
	int stage, next;
	unsigned int epoch;
	struct device *dropped; /* OP_WAIT with a device that has just vanished: forget it and step again */
	long long wake_ms;	/* OP_WAIT with a time: step again at this time; 0: when something changed */
	char out[PAGE_LEN];	/* OP_READ_OVERRIDE: the answer */
};

#define OP_WAIT 1

/* model.c: the objects */
struct model *model_new(void);
void model_clear(struct model *m);
struct device *model_find(const struct model *m, const char *addr);
struct device *model_add(struct model *m, const char *addr);
void model_link_parent(struct device *dev, struct device *parent);
void model_drop(struct model *m, struct device *dev);
struct driver *model_driver(struct model *m, const char *name);
struct driver *model_driver_add(struct model *m, const char *name);
struct group *model_group(struct model *m, int number);
void model_join_group(struct model *m, struct device *dev, int number);
bool group_has_members(const struct model *m, int number);
bool group_in_use(const struct group *g);
bool driver_matches(const struct driver *drv, const struct device *dev);
size_t device_config(const struct model *m, const struct device *dev, unsigned char buf[256]);

/* ops.c: what writes do */
int op_step(struct model *m, struct op *op, long long now_ms);
int op_cut_override(const char *text, size_t len, char **value);
void bind_at_boot(struct model *m, struct device *dev, struct driver *drv);
void vfio_attach(struct model *m, struct device *dev);
void vfio_detach(struct model *m, struct device *dev);
int group_open(struct group *g, const void *opener);
void group_close(struct model *m, struct group *g, const void *opener);
int group_get_device(struct model *m, struct group *g, const char *addr, const void *opener);

#endif
