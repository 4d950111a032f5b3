/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in this host: PCI functions and their IOMMU groups, as a value. Pure. */
#ifndef PCITAG_MODEL_TOPOLOGY_H
#define PCITAG_MODEL_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pci_addr.h"

/* Longest driver name we accept plus NUL; the kernel's own are far shorter. */
#define PCI_DRIVER_LEN 64

/* Longest name of a libvirt network that is kept plus NUL; a longer one is cut. */
#define NETWORK_NAME_LEN 64

#define PCI_NO_GROUP (-1)

/* What sysfs says of a function that belongs to no NUMA node. */
#define PCI_NO_NODE (-1)

/* Longest clause about what the host uses a function for, with its NUL. */
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

/* What makes one card differ from another at the same address: checked again before a lease is trusted. */
struct pci_identity {
	uint16_t vendor;
	uint16_t device;
	uint16_t subsystem_vendor;
	uint16_t subsystem_device;
	uint32_t class_code; /* 24 bits: class, subclass, interface */
};

struct pci_device {
	struct pci_addr addr;
	struct pci_identity id;
	uint8_t revision;
	int group;		     /* IOMMU group number, or PCI_NO_GROUP */
	int numa_node;		     /* or PCI_NO_NODE, also when nobody has asked (host/pci_facts.h) */
	char driver[PCI_DRIVER_LEN]; /* bound now, "" for none */
	bool is_vfio;		     /* that driver hands it to user space through VFIO */
	bool is_denied;		     /* vfio-pci, as it is loaded, refuses it by its deny list */
	bool is_bridge;		     /* header type is not 0: no endpoint, never bound by us */
	bool is_dead;		     /* its configuration space reads all ones */
	bool is_boot_vga;	     /* the firmware's console */
	bool is_virtual;	     /* a virtual function, of the physical one at physfn */
	struct pci_addr physfn;
	bool has_parent; /* the PCI function above it is at parent; false on a root bus */
	struct pci_addr parent;
	bool resets_alone;		/* no other function of its slot feels its reset: host/pci_card.h */
	bool is_parent;			/* no bridge, but PCI functions hang below it: topology_sort() */
	unsigned vfs_enabled;		/* virtual functions that a physical function has */
	bool is_open;			/* somebody has its group's /dev/vfio node open, or may have */
	bool is_unread;			/* a lease had its group when the host was looked at: nothing is known
					   that only the device itself can tell */
	char override[PCI_DRIVER_LEN];	/* its driver_override, "" for unset */
	char unclear[HOST_USE_LEN];	/* why it cannot be told whether it is free, "" when it can */
	char network[NETWORK_NAME_LEN]; /* libvirt's network that keeps it for its domains, "" for none */
	char host_use[HOST_USE_LEN];	/* "disk sda1 is mounted on /srv"; "" when the host uses it not */
	bool is_console_input;		/* host_use is that the console's keyboard or mouse is below it, and
					   it has been seen that there is no other use */
};

struct topology {
	struct pci_device *devices; /* owned, ordered by address */
	size_t count;
};

void topology_clear(struct topology *topology);

/* Appends a copy of @device. Fails only for want of memory. Call topology_sort() when all are in. */
int topology_add(struct topology *topology, const struct pci_device *device, struct error *err);
/* Orders by address, and says of each function whether it is the parent of another. */
void topology_sort(struct topology *topology);

/* The function at @addr, or NULL. The pointer lives as long as the topology is not changed. */
const struct pci_device *topology_find(const struct topology *topology, const struct pci_addr *addr);

/*
 * Says that the function at @addr, when there is one, belongs to libvirt's network @name. Of several
 * networks the first by name is kept, in whatever order they come.
 */
void topology_set_network(struct topology *topology, const struct pci_addr *addr,
			  const char name[static NETWORK_NAME_LEN]);

/* The class without its interface byte, as `lspci -n` shows it. */
static inline uint16_t pci_class(const struct pci_identity *id)
{
	return (uint16_t)(id->class_code >> 8);
}

bool pci_identity_equal(const struct pci_identity *a, const struct pci_identity *b);

/* Host plumbing that no guest may have: host, ISA and PCI bridges, RAM controllers, SMBus. */
bool pci_device_is_host_function(const struct pci_device *device);

/* A display that the server's management controller shows to an administrator far away. */
bool pci_device_is_bmc_console(const struct pci_device *device);

/*
 * By its name alone, is it vfio-pci or one of the kernel's variants of it (mlx5_vfio_pci, hisi_acc_vfio_pci,
 * ...)? Those have a function because its override names them. A vendor's own driver may be VFIO's as well,
 * under any name: pci_device.is_vfio says so.
 */
bool pci_driver_is_vfio_pci(const char *driver);

/* Does the deny list of vfio-pci name it, in Linux @major.@minor? Loaded with disable_denylist=1 it does not
 * matter. */
bool pci_identity_is_denied(const struct pci_identity *id, unsigned major, unsigned minor);

/* May it stand between the slashes of a path? Overrides are names of drivers, too. */
bool pci_driver_name_valid(const char *name);

/* A member of a group that has to leave its driver with it: an endpoint, no bridge. */
bool pci_device_is_endpoint(const struct pci_device *device);

#endif
