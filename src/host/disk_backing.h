/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks that the kernel itself has open, without a claim and without a process: a loop device over a raw disk
 * (kernel: drivers/block/loop.c), a namespace of its NVMe target (drivers/nvme/target/io-cmd-bdev.c), a
 * fileio backstore of its SCSI target (drivers/target/target_core_file.c). What else is built on disks
 * (device-mapper, MD, bcache, DRBD, zram, swap, file systems, iblock backstores) claims them or is in
 * `holders`.
 */
#ifndef PCITAG_HOST_DISK_BACKING_H
#define PCITAG_HOST_DISK_BACKING_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "host/sysfs.h"

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
 * Lists them all.
 * @proc: in production "/proc": its `partitions` names the loop devices, and where a node is missing in this
 *        mount namespace, it is looked for in that of process 1
 * To ask may wait for the file system a backing file is on (LOOP_GET_STATUS64 does vfs_getattr), so workers
 * do it, within 1 s in all. What does not answer is left out, for a raw disk does, unless its file is below
 * /dev or time is up: then this fails. Returns 0 or -1.
 */
int disk_backings_find(const struct sysfs *sysfs, const char *proc, struct disk_backings *out,
		       struct error *err);
void disk_backings_clear(struct disk_backings *backings);

#endif
