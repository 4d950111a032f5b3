/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nodes that the driver of a PCI function has created. */
#ifndef PCITAG_HOST_IN_USE_DEVICE_NODES_H
#define PCITAG_HOST_IN_USE_DEVICE_NODES_H

#include <stddef.h>

#include "base/error.h"
#include "host/in_use/node_holders.h"
#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

struct node_list {
	struct node *items; /* owned */
	size_t count;
};

void node_list_clear(struct node_list *list);

/*
 * Adds the node of the device at @path in sysfs, if it has one. The node's number is in `dev`, and its name
 * is in `uevent` (kernel: drivers/base/core.c, dev_uevent).
 * @subsystem: as in struct sysfs_entry
 * Returns 0 or -1.
 */
int node_list_add(struct node_list *list, const struct sysfs *sysfs, const char *path, const char *subsystem,
		  struct error *err);

/*
 * Adds the node through which iommufd opens a function on a VFIO driver, if the kernel has one
 * (drivers/vfio/device_cdev.c): /dev/vfio/devices/vfio3 of vfio-dev/vfio3 in sysfs. While it is bound to an
 * iommufd, the node of the function's group is busy, since the same version of the kernel, 6.6
 * (drivers/vfio/group.c, vfio_group_fops_open). Returns 0 or -1.
 */
int node_list_add_vfio(struct node_list *list, const struct sysfs *sysfs, const struct pci_addr *addr,
		       struct error *err);

/*
 * Adds the node of an NVIDIA GPU, which is not in sysfs. The minor number is in /proc/driver/nvidia/gpus
 * (NVIDIA's open-gpu-kernel-modules: kernel-open/nvidia/nv-procfs.c), and the major number is 195.
 * @proc: in production "/proc"
 * Returns 0, also when the function is not an NVIDIA GPU, or -1.
 */
int node_list_add_nvidia(struct node_list *list, const char *proc, const struct pci_addr *addr,
			 struct error *err);

/*
 * Adds nodes that all functions of a driver share, and nodes whose function cannot be determined; each of
 * these counts for all functions of the driver: /dev/kfd of amdgpu (kernel:
 * drivers/gpu/drm/amd/amdkfd/kfd_chardev.c), /dev/nvidia-nvswitch* of NVIDIA's switches
 * (open-gpu-kernel-modules: kernel-open/nvidia/linux_nvswitch.c), and /dev/davinci* of Huawei's Ascend,
 * unless the function's `dev_id` names its own node (the driver's devdrv_sysfs.c).
 * Returns 0 or -1.
 */
int node_list_add_shared(struct node_list *list, const struct sysfs *sysfs, const char *proc,
			 const struct pci_device *device, struct error *err);

#endif
