/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/nvme/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fileio.h"

#define CLASS_BLOCK "class/block"

void nvme_disks_close(struct nvme_disks *disks)
{
	for (size_t i = 0; i < disks->count; i++) {
		if (disks->items[i].fd >= 0)
			(void)close(disks->items[i].fd);
	}
	free(disks->items);
	*disks = (struct nvme_disks){ 0 };
}

/* Skips the letter and the number behind it. */
static bool skip(const char **at, char letter)
{
	size_t digits = **at == letter ? strspn(*at + 1, "0123456789") : 0;

	*at += digits ? digits + 1 : 0;
	return digits > 0;
}

/*
 * Writes the name of the disk that @name, below the controller, stands for: "nvme0n1" for itself, and for
 * "nvme0c1n1", a path to a disk of several controllers (kernel: drivers/nvme/host/multipath.c,
 * nvme_mpath_set_disk_name). Returns false for any other name, such as that of a partition.
 */
static bool take_name(const char *name, char out[static NVME_NAME_LEN])
{
	const char *at = name + strlen("nvm"), *behind, *number;

	if (strncmp(name, "nvme", 4) != 0 || strlen(name) >= NVME_NAME_LEN || !skip(&at, 'e'))
		return false;
	behind = at;
	(void)skip(&at, 'c');
	number = at;
	if (!skip(&at, 'n') || *at)
		return false;
	snprintf(out, NVME_NAME_LEN, "%.*s%s", (int)(behind - name), name, number);
	return true;
}

static int open_disk(const struct sysfs *sysfs, struct nvme_disk *disk, struct error *err)
{
	char place[SYSFS_PATH_LEN], node[NVME_NAME_LEN + 8];
	struct stat found;
	dev_t expected;

	snprintf(place, sizeof(place), CLASS_BLOCK "/%s", disk->name);
	snprintf(node, sizeof(node), "/dev/%s", disk->name);
	if (sysfs_read_device_number(sysfs, place, &expected, err) != 0)
		return error_set(err, 0, "cannot tell which node %s has", disk->name);
	disk->fd = open(node, O_RDWR | O_EXCL | O_DIRECT | O_CLOEXEC | O_NOFOLLOW);
	if (disk->fd < 0 && errno == EBUSY)
		return error_set(err, EBUSY, "%s is in use: a file system, swap, or another device", node);
	if (disk->fd < 0 || fstat(disk->fd, &found) < 0)
		return error_set(err, errno, "cannot open %s", node);
	if (!S_ISBLK(found.st_mode) || found.st_rdev != expected)
		return error_set(err, 0, "%s is not the node of this disk", node);
	if (ioctl(disk->fd, BLKGETSIZE64, &disk->size) < 0)
		return error_set(err, errno, "cannot read the size of %s", node);
	return 0;
}

static int add_disk(const struct sysfs *sysfs, const char *below, const char *name, struct nvme_disks *out,
		    struct error *err)
{
	char path[PATH_MAX], attribute[PATH_MAX];
	struct nvme_disk *disk = ARRAY_ADD(out->items, out->count);
	long number;

	if (!disk)
		return error_set(err, ENOMEM, "cannot list %zu disks", out->count + 1);
	disk->fd = -1;
	(void)take_name(name, disk->name);
	if (sysfs_join(path, below, name, err) < 0 || sysfs_join(attribute, path, "nsid", err) < 0 ||
	    sysfs_read_number(sysfs, attribute, &number, err) != 0 || number < 1 || number >= UINT32_MAX)
		return error_set(err, 0, "cannot tell which namespace %s is", disk->name);
	disk->namespace_id = (uint32_t)number;
	return open_disk(sysfs, disk, err);
}

int nvme_disks_open(const struct sysfs *sysfs, const struct pci_addr *addr,
		    const struct nvme_controller *controller, struct nvme_disks *out, struct error *err)
{
	char function[SYSFS_PATH_LEN], path[PATH_MAX], name[NVME_NAME_LEN];
	CLEANUP_DIR DIR *dir = NULL;
	const struct dirent *entry;
	int rc = 0;

	*out = (struct nvme_disks){ 0 };
	if (sysfs_join(path, sysfs_device_path(addr, "nvme", function), controller->name, err) < 0)
		return -1;
	dir = sysfs_opendir(sysfs, path, err);
	if (!dir)
		return -1;
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (take_name(entry->d_name, name))
			rc = add_disk(sysfs, path, entry->d_name, out, err);
	}
	return rc;
}

int nvme_disk_read(const struct nvme_disk *disk, uint64_t offset, void *buf, size_t len, struct error *err)
{
	ssize_t n = pread(disk->fd, buf, len, (off_t)offset);

	if (n == (ssize_t)len)
		return 0;
	return error_set(err, n < 0 ? errno : EIO, "cannot read %s at byte %llu", disk->name,
			 (unsigned long long)offset);
}

int nvme_disk_write(const struct nvme_disk *disk, uint64_t offset, const void *buf, size_t len,
		    struct error *err)
{
	ssize_t n = pwrite(disk->fd, buf, len, (off_t)offset);

	if (n == (ssize_t)len)
		return 0;
	return error_set(err, n < 0 ? errno : EIO, "cannot write to %s at byte %llu", disk->name,
			 (unsigned long long)offset);
}
