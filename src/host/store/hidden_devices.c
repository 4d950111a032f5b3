/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/hidden_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fileio.h"
#include "host/pci/walk.h"

#define STATE_DIR "/var/lib/pcitag"

/* Of an NVMe subsystem. */
#define SERIAL_PREFIX "nvme-"
#define SERIAL_NAME_LEN (sizeof(SERIAL_PREFIX) + PCI_NVME_SERIAL_LEN)
#define SUBSYSTEMS "class/nvme-subsystem"

/* Returns false without a number, and for one with characters that udev would replace. */
static bool serial_name(const struct lease_member *member, char out[static SERIAL_NAME_LEN])
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	snprintf(out, SERIAL_NAME_LEN, SERIAL_PREFIX "%s", member->serial.nvme);
	return member->serial.nvme[0] && member->serial.nvme[strspn(member->serial.nvme, valid)] == '\0';
}

/* Returns 0, FILE_ABSENT or -1. */
static int open_hidden(bool create, int *out, struct error *err)
{
	CLEANUP_CLOSE int parent = -1;
	int rc = directory_open_roots(AT_FDCWD, STATE_DIR, create, "hidden devices", &parent, err);

	return rc == 0 ? directory_open_roots(parent, "hidden", create, "hidden devices", out, err) : rc;
}

/* A directory, because udev may look at those of this place under the SELinux policies, and not at files. */
static int hide(int dir, const char *name, struct error *err)
{
	if (mkdirat(dir, name, 0755) == 0 || errno == EEXIST)
		return 0;
	return error_set(err, errno, "cannot hide the disks of %s from the host", name);
}

int hidden_devices_add(const struct lease *used, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	int rc = open_hidden(true, &dir, err);

	for (size_t i = 0; i < used->member_count && rc == 0; i++) {
		char name[PCI_ADDR_LEN], serial[SERIAL_NAME_LEN];

		rc = hide(dir, pci_addr_format(&used->members[i].addr, name), err);
		if (rc == 0 && serial_name(&used->members[i], serial))
			rc = hide(dir, serial, err);
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

/* Returns 0 when it was there, FILE_ABSENT or -1. */
static int remove_entry(int dir, const char *name, struct error *err)
{
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return 0;
	return errno == ENOENT ? FILE_ABSENT
			       : error_set(err, errno, "cannot show the disks of %s again", name);
}

static int show(const struct sysfs *sysfs, int dir, const struct pci_addr *addr, struct error *err)
{
	char name[PCI_ADDR_LEN], path[SYSFS_PATH_LEN];
	int rc = remove_entry(dir, pci_addr_format(addr, name), err);

	/* A disk that is just disappearing needs no event. */
	if (rc == 0)
		(void)sysfs_walk(sysfs, sysfs_device_path(addr, NULL, path), announce_disk, (void *)sysfs,
				 NULL);
	return rc < 0 ? -1 : 0;
}

static bool has_serial(const struct sysfs *sysfs, const char *subsystem, const char *serial)
{
	char path[PATH_MAX], found[PCI_NVME_SERIAL_LEN];

	return sysfs_join(path, subsystem, "serial", NULL) == 0 &&
	       sysfs_read(sysfs, path, found, sizeof(found), NULL) == 0 &&
	       strncmp(found, serial, strlen(serial)) == 0 &&
	       strspn(found + strlen(serial), " ") == strlen(found + strlen(serial));
}

/* The disks of all subsystems with this number, of which there is one. */
static void announce_subsystem(const struct sysfs *sysfs, const char *serial)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, SUBSYSTEMS, NULL);
	const struct dirent *entry;
	char path[PATH_MAX];

	while (dir && directory_next(dir, &entry, NULL) == 0 && entry) {
		if (entry->d_name[0] != '.' && sysfs_join(path, SUBSYSTEMS, entry->d_name, NULL) == 0 &&
		    has_serial(sysfs, path, serial))
			(void)sysfs_walk(sysfs, path, announce_disk, (void *)sysfs, NULL);
	}
}

/* @name: SERIAL_PREFIX and the number */
static int show_serial(const struct sysfs *sysfs, int dir, const char *name, struct error *err)
{
	int rc = remove_entry(dir, name, err);

	if (rc == 0)
		announce_subsystem(sysfs, name + strlen(SERIAL_PREFIX));
	return rc < 0 ? -1 : 0;
}

int hidden_devices_remove(const struct sysfs *sysfs, const struct lease *used, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	int rc = open_hidden(false, &dir, err);

	for (size_t i = 0; i < used->member_count && rc == 0; i++) {
		char serial[SERIAL_NAME_LEN];

		rc = show(sysfs, dir, &used->members[i].addr, err);
		if (rc == 0 && serial_name(&used->members[i], serial))
			rc = show_serial(sysfs, dir, serial, err);
	}
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

static bool is_members(const struct lease_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		for (size_t m = 0; m < list->leases[i]->member_count; m++) {
			char serial[SERIAL_NAME_LEN];

			if (serial_name(&list->leases[i]->members[m], serial) && strcmp(serial, name) == 0)
				return true;
		}
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
		else if (strncmp(entry->d_name, SERIAL_PREFIX, strlen(SERIAL_PREFIX)) == 0 &&
			 !is_members(list, entry->d_name))
			rc = show_serial(sysfs, dir, entry->d_name, err);
	}
	return rc;
}
