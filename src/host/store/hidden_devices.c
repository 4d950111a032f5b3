/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/hidden_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fileio.h"
#include "host/pci/walk.h"

#define STATE_DIR "/var/lib/pcitag"

/* Returns 0, FILE_ABSENT or -1. */
static int open_hidden(bool create, int *out, struct error *err)
{
	CLEANUP_CLOSE int parent = -1;
	int rc = directory_open_roots(AT_FDCWD, STATE_DIR, create, "hidden devices", &parent, err);

	return rc == 0 ? directory_open_roots(parent, "hidden", create, "hidden devices", out, err) : rc;
}

static int make_file(int dir, const char *name, struct error *err)
{
	CLEANUP_CLOSE int fd = openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

	return fd < 0 ? error_set(err, errno, "cannot hide the disks of %s from the host", name) : 0;
}

int hidden_devices_add(const struct lease *used, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	int rc = open_hidden(true, &dir, err);

	for (size_t i = 0; i < used->member_count && rc == 0; i++) {
		char name[PCI_ADDR_LEN];

		rc = make_file(dir, pci_addr_format(&used->members[i].addr, name), err);
	}
	if (rc == 0 && fsync(dir) < 0)
		rc = error_set(err, errno, "cannot hide the disks of a device from the host");
	return rc < 0 ? -1 : 0;
}

/* ---- udev -------------------------------------------------------------------------------------------- */

/* systemd-udevd gets an event as from a new disk (kernel: drivers/base/core.c, uevent_store). */
static int announce_disk(const struct sysfs_entry *entry, void *context, struct error *err)
{
	const struct sysfs *sysfs = context;
	char path[PATH_MAX];

	if (!entry->is_device || strcmp(entry->subsystem, "block") != 0)
		return 0;
	if (sysfs_join(path, entry->path, "uevent", err) < 0)
		return -1;
	(void)sysfs_write(sysfs, path, "change", NULL);
	return 0;
}

static int show(const struct sysfs *sysfs, int dir, const struct pci_addr *addr, struct error *err)
{
	char name[PCI_ADDR_LEN], path[SYSFS_PATH_LEN];

	if (unlinkat(dir, pci_addr_format(addr, name), 0) < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot show the disks of %s again", name);
	/* A disk that is just disappearing needs no event. */
	if (sysfs)
		(void)sysfs_walk(sysfs, sysfs_device_path(addr, NULL, path), announce_disk, (void *)sysfs,
				 NULL);
	return 0;
}

int hidden_devices_remove(const struct sysfs *sysfs, const struct lease *used, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	int rc = open_hidden(false, &dir, err);

	for (size_t i = 0; i < used->member_count && rc == 0; i++)
		rc = show(sysfs, dir, &used->members[i].addr, err);
	return rc < 0 ? -1 : 0;
}

static bool is_member(const struct lease_list *list, const struct pci_addr *addr)
{
	for (size_t i = 0; i < list->count; i++) {
		if (lease_has_member(list->leases[i], addr))
			return true;
	}
	return false;
}

int hidden_devices_sweep(const struct sysfs *sysfs, const struct lease_list *list, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	CLEANUP_DIR DIR *names = NULL;
	const struct dirent *entry;
	int rc = open_hidden(false, &dir, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	names = opendir_at(dir, ".");
	if (!names)
		return error_set(err, errno, "cannot list the hidden devices");
	while (rc == 0 && (rc = directory_next(names, &entry, err)) == 0 && entry) {
		struct pci_addr addr;

		if (pci_addr_parse(entry->d_name, &addr) == 0 && !is_member(list, &addr))
			rc = show(sysfs, dir, &addr, err);
	}
	return rc;
}
