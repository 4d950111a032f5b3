/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/scan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fileio.h"
#include "host/pci/device.h"
#include "host/pci/sysfs.h"
#include "host/pci/vfio_group.h"
#include "host/process/progress.h"

static bool contains(const struct topology *topology, const struct pci_addr *addr)
{
	for (size_t i = 0; i < topology->count; i++) {
		if (pci_addr_equal(&topology->devices[i].addr, addr))
			return true;
	}
	return false;
}

#define END_OF_DIRECTORY 1

/* Reads the next entry whose name is @prefix and a PCI address. Returns 0, END_OF_DIRECTORY, or -1. */
static inline int next_address(DIR *dir, const char *prefix, struct pci_addr *out, struct error *err)
{
	const size_t len = strlen(prefix);
	const struct dirent *entry;
	int rc;

	while ((rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (strncmp(entry->d_name, prefix, len) == 0 && pci_addr_parse(entry->d_name + len, out) == 0)
			return 0;
	}
	return rc < 0 ? -1 : END_OF_DIRECTORY;
}

/* Returns true when a model has this vendor and, unless it is NULL, this device. */
static bool is_named(const struct registry *registry, long vendor, const long *device)
{
	const struct pci_identity id = { .vendor = (uint16_t)vendor,
					 .device = device ? (uint16_t)*device : 0 };

	for (size_t i = 0; i < registry->count; i++) {
		if (device ? model_has_ids(&registry->models[i], &id) : registry->models[i].vendor == vendor)
			return true;
	}
	return false;
}

/* Whether guests may have it: all of its configuration space may then be read. */
static bool is_for_guests(const struct registry *registry, const struct pci_device *device)
{
	const long id = device->id.device;

	return registry && is_named(registry, device->id.vendor, &id);
}

/* How much of a group to read. */
enum depth {
	DEPTH_ALL,
	DEPTH_KNOWN, /* no access to the devices or the group's node: a guest has them */
};

/* Reads a member of a group unless it is already in @out. Ignores a member that has just disappeared. */
static int add_member(const struct sysfs *sysfs, const struct registry *registry, const struct pci_addr *addr,
		      enum depth depth, struct topology *out, struct error *err)
{
	struct pci_device device = { 0 };
	unsigned failures = progress_at_device(addr);
	int rc;

	/* After two failures, not even the device's identity can be read. */
	if (contains(out, addr) || failures > 1)
		return 0;
	rc = pci_device_read_known(sysfs, addr, &device, err);
	if (rc == 0 && depth == DEPTH_ALL && !failures)
		rc = pci_device_read_rest(sysfs, &device, is_for_guests(registry, &device), err);
	if (rc == 0 && failures)
		snprintf(device.unclear, sizeof(device.unclear), "does not answer in time");
	if (rc == 0)
		rc = topology_add(out, &device, err);
	return rc < 0 ? -1 : 0;
}

static DIR *open_group(const struct sysfs *sysfs, int group, struct error *err)
{
	char path[SYSFS_PATH_LEN];

	snprintf(path, sizeof(path), "kernel/iommu_groups/%d/devices", group);
	return sysfs_opendir(sysfs, path, err);
}

static int add_members(const struct sysfs *sysfs, const struct registry *registry, int group,
		       enum depth depth, struct topology *out, struct error *err)
{
	struct pci_addr addr;
	CLEANUP_DIR DIR *dir = open_group(sysfs, group, err);
	int rc = 0;

	if (!dir)
		return -1;
	while (rc == 0 && (rc = next_address(dir, "", &addr, err)) == 0)
		rc = add_member(sysfs, registry, &addr, depth, out, err);
	return rc < 0 ? -1 : 0;
}

/*
 * Only VFIO opens a group, and a group has a node only while a member is on a VFIO driver. A group that
 * cannot be probed may be open. When the permission is missing, it counts as closed: an unprivileged caller
 * does not bind.
 */
static bool is_group_open(int group, const struct pci_device *members, size_t count)
{
	struct error err;
	int rc;

	for (size_t i = 0; i < count; i++) {
		if (!members[i].is_vfio)
			continue;
		rc = vfio_group_probe(group, &err);
		if (rc >= 0)
			return rc == VFIO_GROUP_BUSY;
		return err.code != EACCES || geteuid() == 0;
	}
	return false;
}

static int scan_group(const struct sysfs *sysfs, const struct registry *registry, int group, enum depth depth,
		      struct topology *out, struct error *err)
{
	size_t first = out->count;
	bool is_open;

	if (add_members(sysfs, registry, group, depth, out, err) < 0)
		return -1;
	if (depth == DEPTH_KNOWN)
		return 0;
	is_open = is_group_open(group, out->devices + first, out->count - first);
	for (size_t i = first; i < out->count; i++)
		out->devices[i].is_open = is_open;
	return 0;
}

int pci_scan_members(const struct sysfs *sysfs, int group, struct topology *out, struct error *err)
{
	return add_members(sysfs, NULL, group, DEPTH_KNOWN, out, err);
}

static bool is_on_host_driver(const struct pci_device *device)
{
	return device->driver[0] && !device->is_vfio;
}

/* Reads @addr when it is such a member. For most functions, the driver alone rules this out. */
static int read_host_member(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			    struct error *err)
{
	int rc = pci_device_read_driver(sysfs, addr, out->driver, err);

	out->addr = *addr;
	if (rc == 0)
		rc = pci_device_read_vfio(sysfs, out, err);
	if (rc == 0 && is_on_host_driver(out))
		rc = pci_device_read(sysfs, addr, out, err);
	if (rc != 0)
		return rc;
	return is_on_host_driver(out) && pci_device_is_endpoint(out) ? 0 : SYSFS_ABSENT;
}

int pci_scan_host_member(const struct sysfs *sysfs, int group, struct pci_device *out, struct error *err)
{
	CLEANUP_DIR DIR *dir = open_group(sysfs, group, err);
	struct pci_addr addr;
	int rc;

	if (!dir)
		return -1;
	while ((rc = next_address(dir, "", &addr, err)) == 0) {
		rc = read_host_member(sysfs, &addr, out, err);
		if (rc != SYSFS_ABSENT)
			break;
	}
	return rc == END_OF_DIRECTORY ? SYSFS_ABSENT : rc;
}

/* Returns true when a domain has the function, by a lease or by its address. Nothing more of it is read then.
 */
static bool is_held(const struct lease_list *leases, const struct pci_addr *addr, int group)
{
	return lease_list_find_owner(leases, addr, group, "") ||
	       lease_list_find_hostdev(leases, addr, group, "");
}

static int add_with_group(const struct sysfs *sysfs, const struct registry *registry,
			  const struct pci_addr *addr, int group, enum depth depth, struct topology *out,
			  struct error *err)
{
	return group == PCI_NO_GROUP ? add_member(sysfs, registry, addr, depth, out, err)
				     : scan_group(sysfs, registry, group, depth, out, err);
}

static int add_unless_read(const struct sysfs *sysfs, const struct registry *registry,
			   const struct lease_list *leases, const struct pci_addr *addr, struct topology *out,
			   struct error *err)
{
	int group;
	int rc;

	if (contains(out, addr))
		return 0; /* added with the group of an earlier function */
	rc = pci_device_read_group(sysfs, addr, &group, err);
	if (rc == 0)
		rc = add_with_group(sysfs, registry, addr, group,
				    !leases || is_held(leases, addr, group) ? DEPTH_KNOWN : DEPTH_ALL, out,
				    err);
	return rc < 0 ? -1 : 0;
}

int pci_scan_add(const struct sysfs *sysfs, const struct lease_list *leases, const struct pci_addr *addr,
		 struct topology *out, struct error *err)
{
	return add_unless_read(sysfs, NULL, leases, addr, out, err);
}

#define NOT_NAMED 1

/* Returns 0 when a model of the registry has these IDs, NOT_NAMED when none has, or -1. */
static int look_up_ids(const struct sysfs *sysfs, const struct registry *registry,
		       const struct pci_addr *addr, struct error *err)
{
	long vendor = 0, device = 0;
	int rc;

	if (progress_at_device(addr) > 1)
		return NOT_NAMED;
	rc = pci_device_read_id(sysfs, addr, "vendor", &vendor, err);
	if (rc != 0 || !is_named(registry, vendor, NULL))
		return rc < 0 ? -1 : NOT_NAMED;
	rc = pci_device_read_id(sysfs, addr, "device", &device, err);
	if (rc != 0)
		return rc < 0 ? -1 : NOT_NAMED;
	return is_named(registry, vendor, &device) ? 0 : NOT_NAMED;
}

int pci_scan(const struct sysfs *sysfs, const struct registry *registry, const struct lease_list *leases,
	     struct topology *out, struct error *err)
{
	struct pci_addr addr;
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, SYSFS_PCI_DEVICES, err);
	int rc = 0;

	*out = (struct topology){ 0 };
	if (!dir)
		return -1;
	while (rc >= 0 && (rc = next_address(dir, "", &addr, err)) == 0) {
		rc = registry ? look_up_ids(sysfs, registry, &addr, err) : 0;
		if (rc == 0)
			rc = add_unless_read(sysfs, registry, leases, &addr, out, err);
	}
	if (rc < 0) {
		topology_clear(out);
		return -1;
	}
	topology_sort(out);
	return 0;
}

/* Skips a function that a lease holds, because no other domain can get it. */
static int scan_unless_held(const struct sysfs *sysfs, const struct registry *registry,
			    const struct lease_list *leases, const struct pci_addr *addr,
			    struct topology *out, struct error *err)
{
	int group;
	int rc;

	if (contains(out, addr))
		return 0;
	rc = pci_device_read_group(sysfs, addr, &group, err);
	if (rc == 0 && is_held(leases, addr, group))
		return 0;
	if (rc == 0)
		rc = look_up_ids(sysfs, registry, addr, err);
	if (rc == 0)
		rc = add_with_group(sysfs, registry, addr, group, DEPTH_ALL, out, err);
	return rc < 0 ? -1 : 0;
}

struct addresses {
	struct pci_addr *at;
	size_t count;
};

static int compare_addresses(const void *a, const void *b)
{
	return pci_addr_compare(a, b);
}

/*
 * Reads udev's index of one vendor and device: the entries /run/udev/tags/pcitag-0x1234-0x5678/+pci:ADDRESS.
 * This is udev's name for a device without a node, "+SUBSYSTEM:NAME" (systemd:
 * src/libsystemd/sd-device/device-private.c, device_tag_index and sd_device_get_device_id). An index that
 * cannot be opened, for any reason, is empty.
 */
static int read_index_of(const char *udev, uint16_t vendor, uint16_t device, struct addresses *out,
			 struct error *err)
{
	char path[PATH_MAX];
	int rc, len = snprintf(path, sizeof(path), "%s/tags/pcitag-0x%04x-0x%04x", udev, vendor, device);
	/* opendir(3) sets close-on-exec itself. */
	CLEANUP_DIR DIR *dir = len > 0 && (size_t)len < sizeof(path) ? opendir(path) : NULL;
	struct pci_addr addr;

	if (!dir)
		return 0;
	while ((rc = next_address(dir, "+pci:", &addr, err)) == 0) {
		if (!ARRAY_APPEND(out->at, out->count, addr))
			return error_set(err, ENOMEM, "cannot note %zu functions", out->count + 1);
	}
	return rc < 0 ? -1 : 0;
}

/* Reads the index of each device ID of a model. */
static int read_index(const char *udev, const struct model *model, struct addresses *out, struct error *err)
{
	int rc = read_index_of(udev, model->vendor, model->device, out, err);

	for (size_t i = 0; i < model->more_count && rc == 0; i++)
		rc = read_index_of(udev, model->vendor, model->more_devices[i], out, err);
	return rc;
}

/* The index contains IDs, but not vendors or classes alone. */
static bool is_indexed(const struct registry *registry)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (registry->models[i].any_device)
			return false;
	}
	return true;
}

/* Reads the IDs again, because another card may now be at an indexed address. */
static int scan_addresses(const struct sysfs *sysfs, const struct registry *registry,
			  const struct lease_list *leases, const struct addresses *addresses,
			  pci_scan_enough_fn *enough, const void *context, struct topology *out,
			  struct error *err)
{
	size_t next = 1; /* number of functions from which @enough is called */

	for (size_t i = 0; i < addresses->count; i++) {
		if (scan_unless_held(sysfs, registry, leases, &addresses->at[i], out, err) < 0)
			return -1;
		if (!enough || out->count < next)
			continue;
		if (enough(out, context))
			break;
		next = 2 * out->count;
	}
	topology_sort(out);
	return out->count ? 0 : SYSFS_ABSENT;
}

int pci_scan_indexed(const struct sysfs *sysfs, const char *udev, const struct registry *registry,
		     const struct lease_list *leases, pci_scan_enough_fn *enough, const void *context,
		     struct topology *out, struct error *err)
{
	struct addresses addresses = { 0 };
	int rc = 0;

	*out = (struct topology){ 0 };
	if (!is_indexed(registry))
		return SYSFS_ABSENT;
	for (size_t i = 0; i < registry->count && rc == 0; i++)
		rc = read_index(udev, &registry->models[i], &addresses, err);
	if (rc == 0) {
		if (addresses.count)
			qsort(addresses.at, addresses.count, sizeof(*addresses.at), compare_addresses);
		rc = scan_addresses(sysfs, registry, leases, &addresses, enough, context, out, err);
	}
	free(addresses.at);
	if (rc != 0)
		topology_clear(out);
	return rc;
}
