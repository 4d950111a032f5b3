/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's /sys, through one directory descriptor: the only file that reads and
 * writes attributes. Paths are relative ("bus/pci/devices/...").
 */
#ifndef PCITAG_HOST_SYSFS_H
#define PCITAG_HOST_SYSFS_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/pci_addr.h"

#define SYSFS_PCI_DEVICES "bus/pci/devices"
#define SYSFS_PCI_DRIVERS "bus/pci/drivers"
#define SYSFS_PATH_LEN 256

struct sysfs {
	int root; /* directory descriptor, -1 when closed */
};

/* Opens @path (in production "/sys"). Close with sysfs_close(). */
int sysfs_open(const char *path, struct sysfs *out, struct error *err);
void sysfs_close(struct sysfs *sysfs);

#define SYSFS_ABSENT 1

/*
 * Reads an attribute with a single read(2), as sysfs wants it: a second one could see
 * another value.
 * @buf, @size: receive the text, terminated, without its trailing newline; a longer
 *              value is an error
 * Returns 0, SYSFS_ABSENT when there is no such file (the device may be gone at any moment), or -1: ENODEV,
 * too, is a failure as long as the file can be found.
 */
int sysfs_read(const struct sysfs *sysfs, const char *path, char *buf, size_t size, struct error *err);

/* As sysfs_read() for binary attributes: *len receives how many bytes there were, at most @size. */
int sysfs_read_bytes(const struct sysfs *sysfs, const char *path, void *buf, size_t size, size_t *len,
		     struct error *err);

/* As sysfs_read(), for a number in C notation ("0x10de", "3"). */
int sysfs_read_number(const struct sysfs *sysfs, const char *path, long *out, struct error *err);

/*
 * Stores @text with a single write(2). May block in the kernel for as long as a driver
 * likes, for ever in the case of `unbind`: call it in a worker (host/worker.h).
 * err->code is the errno of the write.
 */
int sysfs_write(const struct sysfs *sysfs, const char *path, const char *text, struct error *err);

/* Reads a symbolic link's target, cut to @size. Returns as sysfs_read(); what is no link is absent. */
int sysfs_read_link(const struct sysfs *sysfs, const char *path, char *buf, size_t size, struct error *err);

/* Reads the last component of a symbolic link's target (a driver's or a group's name). Returns as
 * sysfs_read(). */
int sysfs_read_link_name(const struct sysfs *sysfs, const char *path, char *buf, size_t size,
			 struct error *err);

/* Is there such a file? Returns as sysfs_read(): that it cannot be known is not that it is absent. */
int sysfs_find(const struct sysfs *sysfs, const char *path, struct error *err);

/* Reads the number of the node that the device in directory @path has, from its `dev` ("259:0"). Returns as
 * sysfs_read(). */
int sysfs_read_device_number(const struct sysfs *sysfs, const char *path, dev_t *out, struct error *err);

/* Opens a directory for readdir(3); NULL with *err when it fails (err->code ENOENT when there is none). */
DIR *sysfs_opendir(const struct sysfs *sysfs, const char *path, struct error *err);

/* Writes "<path>/<name>" for paths deep below a device. Returns 0, or -1 when that is longer than any path.
 */
int sysfs_join(char out[static PATH_MAX], const char *path, const char *name, struct error *err);

/* "bus/pci/devices/0000:02:00.0" or, with @attribute not NULL, "bus/pci/devices/0000:02:00.0/<attribute>". */
char *sysfs_device_path(const struct pci_addr *addr, const char *attribute, char buf[static SYSFS_PATH_LEN]);

#endif
