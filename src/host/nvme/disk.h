/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The namespaces of an NVMe controller as disks of the kernel, opened for this process alone. */
#ifndef PCITAG_HOST_NVME_DISK_H
#define PCITAG_HOST_NVME_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/nvme/controller.h"

struct nvme_disk {
	char name[NVME_NAME_LEN]; /* "nvme0n1" */
	uint32_t namespace_id;
	int fd;
	uint64_t size; /* in bytes */
};

struct nvme_disks {
	struct nvme_disk *items; /* owned */
	size_t count;
};

/*
 * Opens all disks of the controller, so that nothing else can begin to use them (open(2), O_EXCL for a block
 * device). Fails when something does: it, or a partition of it, is mounted, swap, or part of another device.
 * The caller closes them with nvme_disks_close(), also after a failure.
 */
int nvme_disks_open(const struct sysfs *sysfs, const struct pci_addr *addr,
		    const struct nvme_controller *controller, struct nvme_disks *out, struct error *err);
void nvme_disks_close(struct nvme_disks *disks);

/*
 * Reads or writes @len bytes at @offset past the cache of the kernel. Buffer, length and offset are multiples
 * of the disk's blocks.
 */
int nvme_disk_read(const struct nvme_disk *disk, uint64_t offset, void *buf, size_t len, struct error *err);
int nvme_disk_write(const struct nvme_disk *disk, uint64_t offset, const void *buf, size_t len,
		    struct error *err);

#endif
