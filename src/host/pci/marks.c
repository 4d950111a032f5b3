/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/marks.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fileio.h"
#include "host/pci/place.h"
#include "host/pci/serial.h"

#define SLOTS "bus/pci/slots"

/* Reads one attribute below a directory; "" when it cannot be read or does not fit. */
static void read_text(const struct sysfs *sysfs, const char *directory, const char *name, char *out,
		      size_t size)
{
	char path[PATH_MAX];

	if (sysfs_join(path, directory, name, NULL) < 0 || sysfs_read(sysfs, path, out, size, NULL) != 0)
		out[0] = '\0';
	for (const char *c = out; *c; c++) {
		if (*c < ' ' || *c > '~')
			out[0] = '\0';
	}
}

static void read_slot(const struct sysfs *sysfs, struct pci_device *device)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, SLOTS, NULL);
	const struct pci_addr *addr = &device->addr;
	const struct dirent *entry;
	char path[PATH_MAX], text[24], wanted[24];

	snprintf(wanted, sizeof(wanted), "%04x:%02x:%02x", addr->domain, addr->bus, addr->slot);
	while (dir && directory_next(dir, &entry, NULL) == 0 && entry) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(device->marks.slot) ||
		    sysfs_join(path, SLOTS, entry->d_name, NULL) < 0)
			continue;
		read_text(sysfs, path, "address", text, sizeof(text));
		if (strcmp(text, wanted) == 0)
			strcpy(device->marks.slot, entry->d_name);
	}
}

/* Of several interfaces (ports of one function), the first by name. */
static void read_mac(const struct sysfs *sysfs, struct pci_device *device)
{
	char path[SYSFS_PATH_LEN], place[PATH_MAX], kind[8], first[NAME_MAX + 1] = "";
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, sysfs_device_path(&device->addr, "net", path), NULL);
	const struct dirent *entry;

	while (dir && directory_next(dir, &entry, NULL) == 0 && entry) {
		if (entry->d_name[0] == '.' || (first[0] && strcmp(entry->d_name, first) > 0) ||
		    sysfs_join(place, path, entry->d_name, NULL) < 0)
			continue;
		strcpy(first, entry->d_name);
		read_text(sysfs, place, "addr_assign_type", kind, sizeof(kind));
		read_text(sysfs, place, "address", device->marks.mac, sizeof(device->marks.mac));
		if (strcmp(kind, "0") != 0)
			device->marks.mac[0] = '\0';
	}
}

/* The first namespace by name, of the controller whose directory is @path. */
static void read_namespace(const struct sysfs *sysfs, const char *path, struct pci_device *device)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, path, NULL);
	char place[PATH_MAX], first[NAME_MAX + 1] = "";
	const struct dirent *entry;

	while (dir && directory_next(dir, &entry, NULL) == 0 && entry) {
		if (strncmp(entry->d_name, "nvme", 4) != 0 || !strchr(entry->d_name + 4, 'n') ||
		    (first[0] && strcmp(entry->d_name, first) > 0) ||
		    sysfs_join(place, path, entry->d_name, NULL) < 0)
			continue;
		strcpy(first, entry->d_name);
		read_text(sysfs, place, "wwid", device->marks.wwid, sizeof(device->marks.wwid));
	}
}

static void read_wwid(const struct sysfs *sysfs, struct pci_device *device)
{
	char path[SYSFS_PATH_LEN], place[PATH_MAX];
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, sysfs_device_path(&device->addr, "nvme", path), NULL);
	const struct dirent *entry;

	while (dir && directory_next(dir, &entry, NULL) == 0 && entry) {
		if (strncmp(entry->d_name, "nvme", 4) == 0 &&
		    sysfs_join(place, path, entry->d_name, NULL) == 0)
			read_namespace(sysfs, place, device);
	}
}

void pci_marks_read(const struct sysfs *sysfs, struct pci_device *device)
{
	static const struct number_set no_nodes;
	char path[SYSFS_PATH_LEN];

	(void)pci_place_read(sysfs, &no_nodes, device, NULL);
	read_slot(sysfs, device);
	read_text(sysfs, sysfs_device_path(&device->addr, NULL, path), "label", device->marks.label,
		  sizeof(device->marks.label));
	read_mac(sysfs, device);
	read_wwid(sysfs, device);
	if (!device->is_unread && !device->is_dead)
		pci_serial_read(sysfs, &device->addr, &device->serial);
}
