/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Determines whether the host uses a disk now. Data on the disk does not count: neither does a partition
 * table that no process or layer has opened.
 */
#ifndef PCITAG_HOST_IN_USE_DISK_H
#define PCITAG_HOST_IN_USE_DISK_H

#include <stddef.h>
#include <sys/types.h>

#include "host/process/worker.h"
#include "model/pci/topology.h"
#include "host/pci/sysfs.h"

#define DISK_NAME_LEN 64

/* A disk or partition as sysfs shows it. */
struct disk {
	char name[DISK_NAME_LEN]; /* "nvme0n1p1" */
	dev_t number;
};

struct disk_list {
	struct disk *items; /* owned */
	size_t count;
};

void disk_list_clear(struct disk_list *list);

/* Tables of the kernel about all disks, as text; {0} is empty. */
struct disk_tables {
	char *mounts; /* owned: proc(5), /proc/self/mountinfo */
	char *swaps;  /* owned: /proc/swaps */
};

/* Reads the tables, unless they have been read before. @proc: in production "/proc". */
int disk_tables_read(struct disk_tables *tables, const char *proc, struct error *err);
void disk_tables_clear(struct disk_tables *tables);

/*
 * Checks whether one disk or partition is mounted, swap space, or part of another device (kernel:
 * Documentation/ABI/stable/sysfs-block, holders).
 * @path, @name: its directory in sysfs, and the last component of that
 * @list: receives it, for disk_claim_start(), unless it has no node (hidden path of an NVMe multipath disk)
 * Returns 0, HOST_USED with the clause in @use, or -1.
 */
int disk_use(const struct sysfs *sysfs, const struct disk_tables *tables, const char *path, const char *name,
	     struct disk_list *list, char use[static HOST_USE_LEN], struct error *err);

/*
 * Returns the visible disk of a hidden NVMe path @name in @head: nvme0n1 for nvme0c1n1 (kernel:
 * drivers/nvme/host/multipath.c, core.c nvme_alloc_ns). Returns 0, or 1 when @name is not such a path.
 */
int disk_multipath_head(const char *name, char head[static DISK_NAME_LEN]);

/*
 * Detects uses that are not visible elsewhere (another mount namespace, ZFS, ...): the kernel refuses to open
 * a claimed disk with O_EXCL (block/bdev.c, bd_prepare_to_claim). The open may wait for a failing disk, so a
 * worker does it.
 * @list: must live until disk_claim_wait() returns
 */
int disk_claim_start(struct worker *worker, const struct disk_list *list, struct error *err);

/*
 * Waits for the result. Returns 0, HOST_USED with the clause in @use, or -1. A disk that does not answer
 * counts as used, and worker->pid is then not 0. A disk that exists and that this process may open, but that
 * cannot be opened, also counts as used.
 */
int disk_claim_wait(struct worker *worker, struct deadline deadline, char use[static HOST_USE_LEN],
		    struct error *err);

#endif
