/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PCI functions of this host and their IOMMU groups, as a value. Pure. */
#ifndef PCITAG_MODEL_PCI_TOPOLOGY_H
#define PCITAG_MODEL_PCI_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/pci/address.h"
#include "model/pci/place.h"
#include "model/pci/state.h"
#include "model/units/unit_name.h"

/* Maximum length of an accepted driver name, including the NUL; names in the kernel are far shorter. */
#define PCI_DRIVER_LEN 64

/* Maximum length of a libvirt network's name, including the NUL; longer names are cut. */
#define NETWORK_NAME_LEN 64

#define PCI_NO_GROUP (-1)

/* The value in sysfs for a function without a NUMA node. */
#define PCI_NO_NODE (-1)

/* Maximum length of a clause about the host's use of a function, including the NUL. */
#define HOST_USE_LEN 192

/* Class codes without the interface byte (kernel: include/linux/pci_ids.h). */
#define PCI_BASE_CLASS_DISPLAY 0x03
#define PCI_CLASS_MEMORY_RAM 0x0500
#define PCI_CLASS_BRIDGE_HOST 0x0600
#define PCI_CLASS_BRIDGE_ISA 0x0601
#define PCI_CLASS_BRIDGE_PCI 0x0604
#define PCI_CLASS_BRIDGE_CARDBUS 0x0607
#define PCI_CLASS_SERIAL_USB 0x0c03
#define PCI_CLASS_SERIAL_SMBUS 0x0c05

/* Distinguishes two cards at the same address. It is checked again before a lease is trusted. */
struct pci_identity {
	uint16_t vendor;
	uint16_t device;
	uint16_t subsystem_vendor;
	uint16_t subsystem_device;
	uint32_t class_code; /* 24 bits: class, subclass, interface */
};

/* proc(5), /proc/PID/comm: TASK_COMM_LEN, with its NUL. */
#define HOLDER_COMMAND_LEN 16
#define HOLDER_NODE_LEN 64

/* Of the capability Device Serial Number in hex, and of an NVMe controller; each with its NUL. */
#define PCI_DSN_LEN 17
#define PCI_NVME_SERIAL_LEN 21

/* Distinguishes two cards with the same identity. Each is "" when it is not known. */
struct pci_serial {
	char dsn[PCI_DSN_LEN];
	char nvme[PCI_NVME_SERIAL_LEN];
};

enum pci_serial_match {
	PCI_SERIAL_UNKNOWN, /* nothing is known of both */
	PCI_SERIAL_SAME,
	PCI_SERIAL_OTHER,
};

/* A process that has a node of a function open, and the units of systemd on which it depends. */
struct unit_holder {
	pid_t pid;
	char command[HOLDER_COMMAND_LEN];
	char node[HOLDER_NODE_LEN];
	char unit[UNIT_NAME_LEN];    /* that of its control group; "" when it cannot be told */
	char starter[UNIT_NAME_LEN]; /* that which began the login session it serves; "" for none */
	char alias[UNIT_NAME_LEN]; /* another name of one of the two, by which the registry lists it, or "" */
	bool has_session;
	char scope[UNIT_NAME_LEN]; /* that session's own unit */
	uid_t uid;		   /* of that session */
};

struct pci_device {
	struct pci_addr addr;
	struct pci_identity id;
	uint8_t revision;
	int group;		     /* IOMMU group number, or PCI_NO_GROUP */
	int numa_node;		     /* or PCI_NO_NODE, also when it was not read (host/describe/facts.h) */
	char driver[PCI_DRIVER_LEN]; /* currently bound, "" for none */
	bool is_vfio;		     /* that driver is a VFIO driver */
	bool is_denied;		     /* the deny list of the loaded vfio-pci contains it */
	bool is_bridge;		     /* header type is not 0: not an endpoint, never bound by pcitag */
	bool is_dead;		     /* its configuration space reads all ones */
	bool is_boot_vga;	     /* the firmware's console */
	bool is_virtual;	     /* a virtual function; physfn is its physical function */
	struct pci_addr physfn;
	bool has_parent; /* parent is the PCI function above it; false on a root bus */
	struct pci_addr parent;
	bool resets_alone;	  /* its reset affects no other function of its slot: host/pci/card.h */
	bool is_parent;		  /* not a bridge, but PCI functions are below it: topology_sort() */
	struct pci_serial serial; /* read only where a model keeps devices after their use */
	unsigned vfs_enabled;	  /* number of virtual functions of a physical function */
	bool is_open;		  /* a process has its group's /dev/vfio node open, or may have */
	bool is_unread; /* a lease had its group during the scan: what only the device tells is unknown */
	char override[PCI_DRIVER_LEN];	/* its driver_override, "" for unset */
	char unclear[HOST_USE_LEN];	/* why its use cannot be determined, "" when it can */
	char network[NETWORK_NAME_LEN]; /* libvirt network that reserves it for its domains, "" for none */
	char host_use[HOST_USE_LEN];	/* "disk sda1 is mounted on /srv"; "" when the host does not use it */
	bool is_console_input; /* host_use is the console's keyboard or mouse below it, and nothing else */
	bool is_held;	       /* host_use is a process that has a node open, and nothing else is known */
	/* All processes that have one of its nodes open, when they were looked for; not owned. */
	const struct unit_holder *holders;
	size_t holder_count;
	struct pci_place place;	       /* read only when a wish is about it: host/pci/place.h */
	struct pci_state state;	       /* read only of functions that a guest may get; without errors */
	const struct finding *finding; /* why it is not well; not owned; NULL: nothing is known against it */
};

struct topology {
	struct pci_device *devices; /* owned, ordered by address */
	size_t count;
	size_t *by_group; /* owned: indices, ordered by group and address; NULL: not made yet */
};

void topology_clear(struct topology *topology);

/* Appends a copy of @device. Fails only when out of memory. Call topology_sort() after the last addition. */
int topology_add(struct topology *topology, const struct pci_device *device, struct error *err);
/* Orders the functions by address and by group, and sets which of them are the parent of another. */
void topology_sort(struct topology *topology);

/* Returns the function at @addr, or NULL. The pointer is valid until the topology changes. */
struct pci_device *topology_find(const struct topology *topology, const struct pci_addr *addr);

/*
 * Iterates over the members of a group in the order of their addresses: the first one for NULL as @previous,
 * then the one after it, NULL at the end. After topology_sort() a step does not search the whole topology.
 */
const struct pci_device *topology_next_member(const struct topology *topology, int group,
					      const struct pci_device *previous);

/* Records that the function at @addr, if any, is of libvirt's network @name; of several, the first by name.
 */
void topology_set_network(struct topology *topology, const struct pci_addr *addr,
			  const char name[static NETWORK_NAME_LEN]);

/* The class without its interface byte, as `lspci -n` shows it. */
static inline uint16_t pci_class(const struct pci_identity *id)
{
	return (uint16_t)(id->class_code >> 8);
}

/* Compares what is known of both; of two that contradict each other, a difference counts. */
enum pci_serial_match pci_serial_compare(const struct pci_serial *a, const struct pci_serial *b);

/* True when the texts are what the two kinds of serial numbers look like, or "". */
bool pci_serial_valid(const struct pci_serial *serial);

bool pci_identity_equal(const struct pci_identity *a, const struct pci_identity *b);

/* True for host infrastructure that no guest may get: host, ISA and PCI bridges, RAM controllers, SMBus. */
bool pci_device_is_host_function(const struct pci_device *device);

/* True for a display that the server's management controller shows to remote administrators. */
bool pci_device_is_bmc_console(const struct pci_device *device);

/*
 * True when, by its name alone, the driver is vfio-pci or one of the kernel's variants of it (mlx5_vfio_pci,
 * hisi_acc_vfio_pci, ...). These are bound to a function because its override names them. A vendor's own
 * driver may also be a VFIO driver, under any name; pci_device.is_vfio shows that.
 */
bool pci_driver_is_vfio_pci(const char *driver);

/* True when @driver ends in @end, behind at least one character. */
bool pci_driver_ends_with(const char *driver, const char *end);

/* True when vfio-pci's deny list has it in Linux @major.@minor; no effect under its disable_denylist=1. */
bool pci_identity_is_denied(const struct pci_identity *id, unsigned major, unsigned minor);

/* True when the name is valid as one component of a path. Overrides are also names of drivers. */
bool pci_driver_name_valid(const char *name);

/* False for a bridge. An endpoint must leave its driver together with the other members of its group. */
static inline bool pci_device_is_endpoint(const struct pci_device *device)
{
	return !device->is_bridge;
}

/* The return value of functions that have found a use. The others are 0 (no use) and -1. */
enum { HOST_USED = 1 };

/*
 * Writes the clause: "disk sda1 is mounted on /srv". User-defined names cannot forge a line or a control
 * sequence: all but printable ASCII becomes '?'. Too long a text is cut and ends in "...". Returns HOST_USED.
 */
int use_text(char out[static HOST_USE_LEN], const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
