/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Access to the kernel's /sys through one directory descriptor. Only this file reads and writes attributes.
 * Paths are relative ("bus/pci/devices/...").
 */
#ifndef PCITAG_HOST_PCI_SYSFS_H
#define PCITAG_HOST_PCI_SYSFS_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/pci/address.h"
#include "model/pci/topology.h"

#define SYSFS_PCI_DEVICES "bus/pci/devices"
#define SYSFS_PCI_DRIVERS "bus/pci/drivers"
#define SYSFS_PATH_LEN 256

struct sysfs {
	int root; /* directory descriptor, -1 when closed */
};

/* Opens @path (in production "/sys"). Close with sysfs_close(). */
int sysfs_open(const char *path, struct sysfs *out, struct error *err);
void sysfs_close(struct sysfs *sysfs);

enum { SYSFS_ABSENT = 1 };

/*
 * Reads an attribute with a single read(2), as sysfs requires: a second one could return another value.
 * @buf, @size: receive the text, terminated, without its trailing newline; a longer value is an error
 * Returns 0, SYSFS_ABSENT when the file does not exist (a device may disappear at any time), or -1. ENODEV is
 * also a failure as long as the file exists.
 */
int sysfs_read(const struct sysfs *sysfs, const char *path, char *buf, size_t size, struct error *err);

/* As sysfs_read(), for binary attributes. *len receives the number of bytes, at most @size. */
int sysfs_read_bytes(const struct sysfs *sysfs, const char *path, void *buf, size_t size, size_t *len,
		     struct error *err);

/* As sysfs_read_bytes(), from @offset on; *len is 0 when the file ends before that. */
int sysfs_read_bytes_at(const struct sysfs *sysfs, const char *path, off_t offset, void *buf, size_t size,
			size_t *len, struct error *err);

/* As sysfs_read(), for a number in C notation ("0x10de", "3"). */
int sysfs_read_number(const struct sysfs *sysfs, const char *path, long *out, struct error *err);

/*
 * Writes @text with a single write(2). A driver can block this call for any time, and `unbind` can block it
 * forever: call it in a worker (host/process/worker.h). err->code is the errno of the write.
 */
int sysfs_write(const struct sysfs *sysfs, const char *path, const char *text, struct error *err);

/* Reads the target of a link, truncated to @size. Returns as sysfs_read(). Other files count as absent. */
int sysfs_read_link(const struct sysfs *sysfs, const char *path, char *buf, size_t size, struct error *err);

/* Reads the last component of a link's target (the name of a driver or group). Returns as sysfs_read(). */
int sysfs_read_link_name(const struct sysfs *sysfs, const char *path, char *buf, size_t size,
			 struct error *err);

/* Checks whether a file exists. Returns as sysfs_read(): a failed check does not mean that it is absent. */
int sysfs_find(const struct sysfs *sysfs, const char *path, struct error *err);

/* Reads the number ("259:0") of the device in directory @path from its `dev`. Returns as sysfs_read(). */
int sysfs_read_device_number(const struct sysfs *sysfs, const char *path, dev_t *out, struct error *err);

/* Opens a directory for readdir(3). Returns NULL with *err (err->code is ENOENT when it does not exist). */
DIR *sysfs_opendir(const struct sysfs *sysfs, const char *path, struct error *err);

/* Writes "<path>/<name>", for paths deep below a device. Returns 0, or -1 when it exceeds PATH_MAX. */
int sysfs_join(char out[static PATH_MAX], const char *path, const char *name, struct error *err);

/* Writes "bus/pci/devices/0000:02:00.0", with "/<attribute>" when that is not NULL. Returns @buf. */
char *sysfs_device_path(const struct pci_addr *addr, const char *attribute, char buf[static SYSFS_PATH_LEN]);

#endif
