/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does the host use a disk now? Not whether there is data on it: a partition table that nobody has opened
 * does not count.
 */
#ifndef PCITAG_HOST_DISK_USE_H
#define PCITAG_HOST_DISK_USE_H

#include <stddef.h>
#include <sys/types.h>

#include "host/sysfs.h"
#include "host/use_text.h"
#include "host/worker.h"

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

/* What the kernel says of all its disks at once, as text; {0} is empty. */
struct disk_tables {
	char *mounts; /* owned: proc(5), /proc/self/mountinfo */
	char *swaps;  /* owned: /proc/swaps */
};

/* Reads the tables, unless that was done before. @proc: in production "/proc". */
int disk_tables_read(struct disk_tables *tables, const char *proc, struct error *err);
void disk_tables_clear(struct disk_tables *tables);

/*
 * Looks at one disk or partition: is it mounted, swap space, or part of something (kernel:
 * Documentation/ABI/stable/sysfs-block, holders)?
 * @path, @name: its directory in sysfs, and the last component of that
 * @list: receives it, for disk_claim_start(), unless it has no node (the hidden path of an NVMe multipath
 *        disk)
 * Returns 0, HOST_USED with the clause in @use, or -1.
 */
int disk_use(const struct sysfs *sysfs, const struct disk_tables *tables, const char *path, const char *name,
	     struct disk_list *list, char use[static HOST_USE_LEN], struct error *err);

/*
 * The disk the host sees when @name is one of its hidden paths: nvme0n1 for nvme0c1n1 (kernel:
 * drivers/nvme/host/multipath.c, core.c nvme_alloc_ns). Returns 0, or 1 when @name is no such path.
 */
int disk_multipath_head(const char *name, char head[static DISK_NAME_LEN]);

/*
 * Asks the kernel itself, for uses that leave no trace elsewhere (another mount namespace, ZFS, ...): it does
 * not open for O_EXCL what somebody has claimed (block/bdev.c, bd_prepare_to_claim). The open may wait for a
 * dying disk, so a worker does it.
 * @list: must live until disk_claim_wait() returns
 */
int disk_claim_start(struct worker *worker, const struct disk_list *list, struct error *err);

/* The answer: 0, HOST_USED with the clause in @use, or -1. A disk that does not answer counts as used, and
 * then worker->pid is not 0; so does one that cannot be opened, though it is there and we may. */
int disk_claim_wait(struct worker *worker, struct deadline deadline, char use[static HOST_USE_LEN],
		    struct error *err);

#endif
