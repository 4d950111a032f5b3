/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/sriov.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fileio.h"

#define VIRTFN "virtfn"

/* A link "virtfnN", and what it leads to. */
struct numbered {
	unsigned number;
	struct pci_addr addr;
};

struct numbered_list {
	struct numbered *items;
	size_t count;
};

void sriov_clear(struct sriov *sriov)
{
	free(sriov->vfs);
	*sriov = (struct sriov){ 0 };
}

static int read_number(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute,
		       unsigned *out, struct error *err)
{
	char path[SYSFS_PATH_LEN];
	long number;
	int rc = sysfs_read_number(sysfs, sysfs_device_path(addr, attribute, path), &number, err);

	if (rc == 0 && (number < 0 || number > UINT16_MAX))
		return error_set(err, 0, "the number in /sys/%s is not between 0 and 0x%x: %ld", path,
				 UINT16_MAX, number);
	if (rc == 0)
		*out = (unsigned)number;
	return rc;
}

static int compare_numbers(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Adds what the link leads to; one that vanishes meanwhile is left out. */
static int add_link(const struct sysfs *sysfs, const struct pci_addr *addr, const char *name,
		    struct numbered_list *list, struct error *err)
{
	char path[SYSFS_PATH_LEN], target[PCI_ADDR_LEN], *end;
	struct numbered entry;
	int rc;

	entry.number = (unsigned)strtoul(name + strlen(VIRTFN), &end, 10);
	if (end == name + strlen(VIRTFN) || *end)
		return 0;
	rc = sysfs_read_link_name(sysfs, sysfs_device_path(addr, name, path), target, sizeof(target), err);
	if (rc != 0 || pci_addr_parse(target, &entry.addr) != 0)
		return rc < 0 ? -1 : 0;
	if (!ARRAY_APPEND(list->items, list->count, entry))
		return error_set(err, ENOMEM, "cannot list %zu virtual functions", list->count + 1);
	return 0;
}

static int read_links(const struct sysfs *sysfs, const struct pci_addr *addr, struct numbered_list *list,
		      struct error *err)
{
	char path[SYSFS_PATH_LEN];
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, sysfs_device_path(addr, NULL, path), err);
	const struct dirent *entry;
	int rc;

	if (!dir)
		return -1;
	while ((rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (strncmp(entry->d_name, VIRTFN, strlen(VIRTFN)) == 0 &&
		    add_link(sysfs, addr, entry->d_name, list, err) < 0)
			return -1;
	}
	return rc;
}

static int read_vfs(const struct sysfs *sysfs, const struct pci_addr *addr, struct sriov *out,
		    struct error *err)
{
	struct numbered_list list = { 0 };
	int rc = read_links(sysfs, addr, &list, err);

	if (rc == 0 && list.count) {
		qsort(list.items, list.count, sizeof(*list.items), compare_numbers);
		out->vfs = calloc(list.count, sizeof(*out->vfs));
		rc = out->vfs ? 0 : error_set(err, ENOMEM, "cannot list %zu virtual functions", list.count);
		for (size_t i = 0; rc == 0 && i < list.count; i++)
			out->vfs[out->count++] = list.items[i].addr;
	}
	free(list.items);
	return rc;
}

/* The kernel writes it in hex without 0x (iov.c, sriov_vf_device_show); since Linux 4.13. */
static unsigned read_vf_device(const struct sysfs *sysfs, const struct pci_addr *addr)
{
	char path[SYSFS_PATH_LEN], text[16] = "";
	unsigned long id;

	if (sysfs_read(sysfs, sysfs_device_path(addr, "sriov_vf_device", path), text, sizeof(text), NULL) !=
	    0)
		return 0;
	id = strtoul(text, NULL, 16);
	return id <= UINT16_MAX ? (unsigned)id : 0;
}

int sriov_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct sriov *out, struct error *err)
{
	unsigned autoprobe = 1;
	int rc = read_number(sysfs, addr, "sriov_totalvfs", &out->total, err);

	out->vfs = NULL;
	out->count = 0;
	if (rc != 0)
		return rc;
	/* A driver may have reduced it to none. */
	if (out->total == 0)
		return SYSFS_ABSENT;
	out->vf_device = read_vf_device(sysfs, addr);
	if (read_number(sysfs, addr, "sriov_drivers_autoprobe", &autoprobe, err) < 0)
		return -1;
	out->autoprobe = autoprobe != 0;
	return read_vfs(sysfs, addr, out, err);
}

int sriov_read_number(const struct sysfs *sysfs, const struct pci_addr *addr, unsigned *out,
		      struct error *err)
{
	return read_number(sysfs, addr, "sriov_numvfs", out, err);
}

int sriov_write_number(const struct sysfs *sysfs, const struct pci_addr *addr, unsigned number,
		       struct error *err)
{
	char path[SYSFS_PATH_LEN], text[16];

	snprintf(text, sizeof(text), "%u", number);
	return sysfs_write(sysfs, sysfs_device_path(addr, "sriov_numvfs", path), text, err);
}
