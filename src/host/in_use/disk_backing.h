/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds disks that the kernel itself has open, without a claim and without a process: below a loop device
 * over a raw disk (kernel: drivers/block/loop.c), a namespace of its NVMe target
 * (drivers/nvme/target/io-cmd-bdev.c), or a fileio backstore of its SCSI target
 * (drivers/target/target_core_file.c). Other layers on disks (device-mapper, MD, bcache, DRBD, zram, swap,
 * file systems, iblock backstores) claim them or are listed in `holders`.
 */
#ifndef PCITAG_HOST_IN_USE_DISK_BACKING_H
#define PCITAG_HOST_IN_USE_DISK_BACKING_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "host/pci/sysfs.h"

#define DISK_USER_LEN 96

struct disk_backing {
	char user[DISK_USER_LEN]; /* "loop1", "the NVMe target (NQN, namespace 1)" */
	dev_t disk;
};

struct disk_backings {
	struct disk_backing *items; /* owned */
	size_t count;
};

/*
 * Lists all of them.
 * @proc: in production "/proc": its `partitions` names the loop devices; a node that is missing in this mount
 *        namespace is searched for in that of process 1
 * A query may wait for the file system of a backing file (LOOP_GET_STATUS64 calls vfs_getattr), so workers
 * make the queries, within 1 s in total. A device that does not answer is skipped, because one on a raw disk
 * does answer; but when its file is below /dev, or the time is up, the call fails.
 * Returns 0 or -1.
 */
int disk_backings_find(const struct sysfs *sysfs, const char *proc, struct disk_backings *out,
		       struct error *err);
void disk_backings_clear(struct disk_backings *backings);

#endif
