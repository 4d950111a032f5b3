/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nodes that a PCI function's driver has made. */
#ifndef PCITAG_HOST_NODE_LIST_H
#define PCITAG_HOST_NODE_LIST_H

#include <stddef.h>

#include "base/error.h"
#include "host/node_holders.h"
#include "host/sysfs.h"
#include "model/topology.h"

struct node_list {
	struct node *items; /* owned */
	size_t count;
};

void node_list_clear(struct node_list *list);

/* Adds the node of the device at @path in sysfs, if it has one: its number is in `dev`, its name in `uevent`
 * (kernel: drivers/base/core.c, dev_uevent). @subsystem: as in struct sysfs_entry. Returns 0 or -1. */
int node_list_add(struct node_list *list, const struct sysfs *sysfs, const char *path, const char *subsystem,
		  struct error *err);

/*
 * Adds the node of an NVIDIA GPU, which is not in sysfs: its minor number is in /proc/driver/nvidia/gpus
 * (NVIDIA's open-gpu-kernel-modules: kernel-open/nvidia/nv-procfs.c), its major number is 195.
 * @proc: in production "/proc"
 * Returns 0, also when the function is none, or -1.
 */
int node_list_add_nvidia(struct node_list *list, const char *proc, const struct pci_addr *addr,
			 struct error *err);

/*
 * Adds the nodes that all functions of a driver share, or of which nothing tells whose they are, so that each
 * stands for all: of amdgpu /dev/kfd (kernel: drivers/gpu/drm/amd/amdkfd/kfd_chardev.c), of NVIDIA's switches
 * /dev/nvidia-nvswitch* (open-gpu-kernel-modules: kernel-open/nvidia/linux_nvswitch.c), of Huawei's Ascend
 * /dev/davinci* unless `dev_id` of the function says which (its driver's devdrv_sysfs.c).
 * Returns 0 or -1.
 */
int node_list_add_shared(struct node_list *list, const struct sysfs *sysfs, const char *proc,
			 const struct pci_device *device, struct error *err);

#endif
