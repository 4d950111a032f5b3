/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/device_nodes.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/fileio.h"
#include "base/text.h"

#define UEVENT_LEN 4097
#define NVIDIA_MAJOR 195
#define TEXT_MAX (64 << 10)

void node_list_clear(struct node_list *list)
{
	free(list->items);
	*list = (struct node_list){ 0 };
}

static int append(struct node_list *list, const char *path, mode_t type, dev_t number, struct error *err)
{
	struct node *added = ARRAY_ADD(list->items, list->count);

	if (!added)
		return error_set(err, ENOMEM, "cannot list %zu nodes", list->count + 1);
	node_numbered(path, type, number, added);
	return 0;
}

/* Derives "/dev/snd/pcmC0D0p" from the line DEVNAME=snd/pcmC0D0p. */
static void name_node(const char *uevent, mode_t type, dev_t number, char path[static NODE_PATH_LEN])
{
	static const char key[] = "DEVNAME=";
	const char *line = strstr(uevent, key);

	if (line)
		snprintf(path, NODE_PATH_LEN, "/dev/%.*s", (int)strcspn(line + strlen(key), "\n"),
			 line + strlen(key));
	else
		snprintf(path, NODE_PATH_LEN, "%s device %u:%u", type == S_IFBLK ? "block" : "character",
			 major(number), minor(number));
}

/*
 * udev, blkid, smartd, udisks, multipathd and lsblk repeatedly open these nodes for a moment: disks, and the
 * nodes for commands to their controllers.
 */
static bool is_brief(const char *subsystem)
{
	static const char *const subsystems[] = { "block", "nvme", "nvme-generic", "scsi_generic", "bsg" };

	for (size_t i = 0; i < ARRAY_SIZE(subsystems); i++) {
		if (strcmp(subsystem, subsystems[i]) == 0)
			return true;
	}
	return false;
}

int node_list_add(struct node_list *list, const struct sysfs *sysfs, const char *path, const char *subsystem,
		  struct error *err)
{
	mode_t type = strcmp(subsystem, "block") == 0 ? S_IFBLK : S_IFCHR;
	char attribute[PATH_MAX], uevent[UEVENT_LEN] = "", node[NODE_PATH_LEN];
	dev_t number;
	int rc = sysfs_read_device_number(sysfs, path, &number, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (sysfs_join(attribute, path, "uevent", err) < 0 ||
	    sysfs_read(sysfs, attribute, uevent, sizeof(uevent), err) < 0)
		return -1;
	name_node(uevent, type, number, node);
	if (append(list, node, type, number, err) < 0)
		return -1;
	list->items[list->count - 1].is_brief = is_brief(subsystem);
	return 0;
}

int node_list_add_vfio(struct node_list *list, const struct sysfs *sysfs, const struct pci_addr *addr,
		       struct error *err)
{
	char directory[SYSFS_PATH_LEN], below[PATH_MAX];
	const struct dirent *entry;
	CLEANUP_DIR DIR *dir = NULL;
	int rc = sysfs_find(sysfs, sysfs_device_path(addr, "vfio-dev", directory), err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	dir = sysfs_opendir(sysfs, directory, err);
	if (!dir)
		return -1;
	while ((rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (strncmp(entry->d_name, "vfio", strlen("vfio")) != 0)
			continue;
		if (sysfs_join(below, directory, entry->d_name, err) < 0 ||
		    node_list_add(list, sysfs, below, "vfio-dev", err) < 0)
			return -1;
	}
	return rc;
}

int node_list_add_nvidia(struct node_list *list, const char *proc, const struct pci_addr *addr,
			 struct error *err)
{
	static const char key[] = "Device Minor:";
	CLEANUP_FREE char *text = NULL;
	char name[64], slot[PCI_ADDR_LEN], node[NODE_PATH_LEN];
	unsigned long minor_number;
	const char *value;
	char *end;

	snprintf(name, sizeof(name), "driver/nvidia/gpus/%s/information", pci_addr_format(addr, slot));
	if (read_table(proc, name, TEXT_MAX, &text, err) < 0)
		return -1;
	value = text ? strstr(text, key) : NULL;
	if (!value)
		return 0;
	value += strlen(key);
	minor_number = strtoul(value, &end, 10);
	if (end == value)
		return 0; /* the GPU has no node yet */
	snprintf(node, sizeof(node), "/dev/nvidia%lu", minor_number);
	return append(list, node, S_IFCHR, makedev(NVIDIA_MAJOR, minor_number), err);
}

/* ---- shared by all functions of a driver ----------------------------------------------------------- */

static const struct shared {
	const char *driver;
	const char *sysfs; /* the device in sysfs, or NULL */
	const char *major; /* name in /proc/devices; its minor numbers below @count are used */
	const char *node;
	unsigned int count;
	const char *id; /* attribute of the function that holds its only minor number, or NULL */
} shared[] = {
	{ "amdgpu", "class/kfd/kfd", NULL, NULL, 0, NULL },
	/* NVSWITCH_MAX_DEVICES is 64 (common/inc/nvswitch_user.h). The control node has minor 255. */
	{ "nvidia-nvswitch", NULL, "nvidia-nvswitch", "/dev/nvidia-nvswitch", 64, NULL },
	{ "devdrv_device_driver", NULL, "devdrv-cdev", "/dev/davinci", 64, "dev_id" },
};

/* Each line has a number and a name (proc(5), /proc/devices). *out is 0 when the name is not found. */
static int find_major(const char *proc, const char *name, unsigned int *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;

	*out = 0;
	if (read_table(proc, "devices", TEXT_MAX, &text, err) < 0)
		return -1;
	for (const char *line = text; line && *line && *out == 0; line = next_line(line)) {
		const char *number = line + strspn(line, " ");

		if (word_is(word_at(number, 1), name))
			*out = (unsigned int)strtoul(number, NULL, 10);
	}
	return 0;
}

/* Adds the node of the minor number that the function names, or all. */
static int add_minors(struct node_list *list, const struct sysfs *sysfs, const char *proc,
		      const struct pci_device *device, const struct shared *row, struct error *err)
{
	char path[SYSFS_PATH_LEN], node[NODE_PATH_LEN];
	unsigned int number, first = 0, end = row->count;
	long id;
	int rc = row->id ? sysfs_read_number(sysfs, sysfs_device_path(&device->addr, row->id, path), &id, err)
			 : SYSFS_ABSENT;

	if (rc < 0 || find_major(proc, row->major, &number, err) < 0)
		return -1;
	if (rc == 0) {
		first = (unsigned int)id;
		end = first + 1;
	}
	for (unsigned int i = first; number && i < end; i++) {
		snprintf(node, sizeof(node), "%s%u", row->node, i);
		if (append(list, node, S_IFCHR, makedev(number, i), err) < 0)
			return -1;
	}
	return 0;
}

int node_list_add_shared(struct node_list *list, const struct sysfs *sysfs, const char *proc,
			 const struct pci_device *device, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		const struct shared *row = &shared[i];

		if (strcmp(device->driver, row->driver) != 0)
			continue;
		if (row->sysfs && node_list_add(list, sysfs, row->sysfs, "", err) < 0)
			return -1;
		if (row->major && add_minors(list, sysfs, proc, device, row, err) < 0)
			return -1;
	}
	return 0;
}
