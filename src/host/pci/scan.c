/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/scan.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fileio.h"
#include "host/bind/progress.h"
#include "host/bind/vfio_group.h"
#include "host/pci/index.h"
#include "host/pci/parents.h"
#include "host/pci/sysfs.h"

/* The standard configuration header (PCI Local Bus Specification 3.0, 6.1; linux/pci_regs.h). */
#define CONFIG_HEADER_LEN 64
#define CONFIG_HEADER_TYPE 0x0e
#define HEADER_TYPE_MASK 0x7f
#define ALL_ONES 0xff

/*
 * Reads a number and rejects one that is too large for its field: a truncated number would be another
 * device's.
 */
static int read_number(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute,
		       long max, long *out, struct error *err)
{
	char path[SYSFS_PATH_LEN];
	int rc = sysfs_read_number(sysfs, sysfs_device_path(addr, attribute, path), out, err);

	if (rc == 0 && (*out < 0 || *out > max))
		return error_set(err, 0, "the number in /sys/%s is not between 0 and 0x%lx: %ld", path, max,
				 *out);
	return rc;
}

/* Reads an attribute that only some devices have (boot_vga). An absent attribute counts as 0. */
static int read_optional(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute,
			 long *out, struct error *err)
{
	int rc = read_number(sysfs, addr, attribute, UINT16_MAX, out, err);

	if (rc == SYSFS_ABSENT)
		*out = 0;
	return rc < 0 ? -1 : 0;
}

static int read_identity(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			 struct error *err)
{
	long vendor, device, subvendor, subdevice, class_code, revision;
	int rc = 0;

	if (rc == 0)
		rc = read_number(sysfs, addr, "vendor", UINT16_MAX, &vendor, err);
	if (rc == 0)
		rc = read_number(sysfs, addr, "device", UINT16_MAX, &device, err);
	if (rc == 0)
		rc = read_number(sysfs, addr, "subsystem_vendor", UINT16_MAX, &subvendor, err);
	if (rc == 0)
		rc = read_number(sysfs, addr, "subsystem_device", UINT16_MAX, &subdevice, err);
	if (rc == 0)
		rc = read_number(sysfs, addr, "class", 0xffffff, &class_code, err);
	if (rc == 0)
		rc = read_number(sysfs, addr, "revision", UINT8_MAX, &revision, err);
	if (rc != 0)
		return rc;
	out->id = (struct pci_identity){ (uint16_t)vendor, (uint16_t)device, (uint16_t)subvendor,
					 (uint16_t)subdevice, (uint32_t)class_code };
	out->revision = (uint8_t)revision;
	return 0;
}

/*
 * Checks the whole header: the vendor and device of a virtual function read as all ones by design (SR-IOV
 * specification, 3.4.1.1).
 */
static bool reads_all_ones(const unsigned char header[static CONFIG_HEADER_LEN])
{
	for (size_t i = 0; i < CONFIG_HEADER_LEN; i++) {
		if (header[i] != ALL_ONES)
			return false;
	}
	return true;
}

/* For functions whose header type cannot be read. PCI-to-PCI and CardBus bridges have their own class. */
static bool is_bridge_by_class(const struct pci_identity *id)
{
	return pci_class(id) == PCI_CLASS_BRIDGE_PCI || pci_class(id) == PCI_CLASS_BRIDGE_CARDBUS;
}

/*
 * Only the configuration space shows whether a function is a bridge or an endpoint, and whether it responds.
 */
static int read_config(const struct sysfs *sysfs, struct pci_device *out, struct error *err)
{
	unsigned char header[CONFIG_HEADER_LEN];
	char path[SYSFS_PATH_LEN];
	size_t len = 0;
	int rc = sysfs_read_bytes(sysfs, sysfs_device_path(&out->addr, "config", path), header,
				  sizeof(header), &len, err);

	if (rc != 0)
		return rc;
	if (len < sizeof(header))
		return error_set(err, EIO, "short read of /sys/%s", path);
	out->is_dead = reads_all_ones(header);
	/* The header type of a dead function also reads as all ones, so its class is used instead. */
	out->is_bridge = out->is_dead ? is_bridge_by_class(&out->id)
				      : (header[CONFIG_HEADER_TYPE] & HEADER_TYPE_MASK) != 0;
	return 0;
}

int pci_scan_group_of(const struct sysfs *sysfs, const struct pci_addr *addr, int *group, struct error *err)
{
	char path[SYSFS_PATH_LEN], name[32], *end;
	long number;
	int rc;

	rc = sysfs_find(sysfs, sysfs_device_path(addr, NULL, path), err);
	if (rc != 0)
		return rc;
	rc = sysfs_read_link_name(sysfs, sysfs_device_path(addr, "iommu_group", path), name, sizeof(name),
				  err);
	*group = PCI_NO_GROUP;
	if (rc == SYSFS_ABSENT)
		return 0;
	if (rc < 0)
		return -1;
	number = strtol(name, &end, 10);
	if (!isdigit((unsigned char)name[0]) || *end || number > INT_MAX)
		return error_set(err, 0, "the link /sys/%s names no IOMMU group: %s", path, name);
	*group = (int)number;
	return 0;
}

int pci_scan_driver_of(const struct sysfs *sysfs, const struct pci_addr *addr,
		       char driver[static PCI_DRIVER_LEN], struct error *err)
{
	char path[SYSFS_PATH_LEN];
	int rc = sysfs_read_link_name(sysfs, sysfs_device_path(addr, "driver", path), driver, PCI_DRIVER_LEN,
				      err);

	if (rc != SYSFS_ABSENT)
		return rc;
	driver[0] = '\0';
	return sysfs_find(sysfs, sysfs_device_path(addr, NULL, path), err);
}

/*
 * Counts the virtual functions of a physical function by its links to them (kernel: drivers/pci/iov.c,
 * pci_iov_sysfs_link). Reading sriov_numvfs instead would wait for the device's lock, which a process that
 * hangs in an unbind holds (sriov_numvfs_show).
 */
static int count_vfs(const struct sysfs *sysfs, struct pci_device *out, struct error *err)
{
	static const char prefix[] = "virtfn";
	char path[SYSFS_PATH_LEN];
	const struct dirent *entry;
	CLEANUP_DIR DIR *dir = NULL;
	int rc = sysfs_find(sysfs, sysfs_device_path(&out->addr, "sriov_totalvfs", path), err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	dir = sysfs_opendir(sysfs, sysfs_device_path(&out->addr, NULL, path), err);
	if (!dir)
		return -1;
	do {
		rc = directory_next(dir, &entry, err);
		if (rc == 0 && entry && strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			out->vfs_enabled++;
	} while (rc == 0 && entry);
	return rc;
}

/*
 * Since Linux 6.1, a function on a VFIO driver has a directory vfio-dev
 * (Documentation/ABI/testing/sysfs-devices-vfio-dev). On older kernels, where VFIO has no such class, only
 * the kernel's own drivers are recognized.
 */
static int read_vfio(const struct sysfs *sysfs, struct pci_device *out, struct error *err)
{
	char path[SYSFS_PATH_LEN];
	int rc;

	out->is_vfio = false;
	if (!out->driver[0])
		return 0;
	rc = sysfs_find(sysfs, sysfs_device_path(&out->addr, "vfio-dev", path), err);
	if (rc == SYSFS_ABSENT && pci_driver_is_vfio_pci(out->driver)) {
		rc = sysfs_find(sysfs, "class/vfio-dev", err);
		out->is_vfio = rc == SYSFS_ABSENT;
		return rc < 0 ? -1 : 0;
	}
	out->is_vfio = rc == 0;
	return rc < 0 ? -1 : 0;
}

/*
 * The deny list of vfio-pci applies while its parameter enables it. When the module is not loaded, this is
 * unknown.
 */
static int read_denied(const struct sysfs *sysfs, struct pci_device *out, struct error *err)
{
	unsigned long major, minor;
	struct utsname system;
	char text[8] = "", *end;
	int rc;

	if (!pci_identity_is_denied(&out->id, UINT_MAX, 0))
		return 0;
	if (uname(&system) < 0)
		return error_set(err, errno, "cannot read the kernel's release");
	major = strtoul(system.release, &end, 10);
	minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	rc = sysfs_read(sysfs, "module/vfio_pci/parameters/disable_denylist", text, sizeof(text), err);
	out->is_denied =
		strcmp(text, "N") == 0 && pci_identity_is_denied(&out->id, (unsigned)major, (unsigned)minor);
	return rc < 0 ? -1 : 0;
}

int pci_scan_known(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
		   struct error *err)
{
	int rc;

	*out = (struct pci_device){ .addr = *addr, .group = PCI_NO_GROUP, .numa_node = PCI_NO_NODE };
	rc = read_identity(sysfs, addr, out, err);
	if (rc == 0)
		rc = pci_scan_group_of(sysfs, addr, &out->group, err);
	if (rc == 0)
		rc = pci_scan_driver_of(sysfs, addr, out->driver, err);
	if (rc == 0)
		rc = read_vfio(sysfs, out, err);
	if (rc == 0)
		rc = pci_kin_read(sysfs, out, err);
	out->is_bridge = is_bridge_by_class(&out->id);
	out->is_unread = true;
	return rc;
}

int pci_scan_device(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
		    struct error *err)
{
	struct error cause = { 0 };
	long boot_vga = 0;
	int rc = pci_scan_known(sysfs, addr, out, err);

	if (rc == 0)
		rc = read_denied(sysfs, out, err);

	out->is_unread = false;
	if (rc == 0)
		rc = read_config(sysfs, out, err);
	if (rc == 0)
		rc = read_optional(sysfs, addr, "boot_vga", &boot_vga, err);
	if (rc == 0)
		rc = count_vfs(sysfs, out, err);
	if (rc == 0 && override_of(sysfs, addr, out->override, &cause) < 0)
		snprintf(out->unclear, sizeof(out->unclear), "cannot be taken: %.160s", cause.msg);
	out->is_boot_vga = boot_vga != 0;
	return rc;
}

static bool contains(const struct topology *topology, const struct pci_addr *addr)
{
	for (size_t i = 0; i < topology->count; i++) {
		if (pci_addr_equal(&topology->devices[i].addr, addr))
			return true;
	}
	return false;
}

#define END_OF_DIRECTORY 1

/* Reads the next entry whose name is a PCI address. Returns 0, END_OF_DIRECTORY, or -1. */
static int next_address(DIR *dir, struct pci_addr *out, struct error *err)
{
	const struct dirent *entry;
	int rc;

	do {
		rc = directory_next(dir, &entry, err);
		if (rc < 0 || !entry)
			return rc < 0 ? -1 : END_OF_DIRECTORY;
	} while (pci_addr_parse(entry->d_name, out) != 0);
	return 0;
}

/* How much of a group to read. */
enum depth {
	DEPTH_ALL,
	DEPTH_KNOWN, /* no access to the devices or the group's node: a guest has them */
};

/* Reads a member of a group unless it is already in @out. Ignores a member that has just disappeared. */
static int add_member(const struct sysfs *sysfs, const struct pci_addr *addr, enum depth depth,
		      struct topology *out, struct error *err)
{
	struct pci_device device = { 0 };
	unsigned failures = progress_at_device(addr);
	int rc;

	/* After two failures, not even the device's identity can be read. */
	if (contains(out, addr) || failures > 1)
		return 0;
	rc = depth == DEPTH_ALL && !failures ? pci_scan_device(sysfs, addr, &device, err)
					     : pci_scan_known(sysfs, addr, &device, err);
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

static int add_members(const struct sysfs *sysfs, int group, enum depth depth, struct topology *out,
		       struct error *err)
{
	struct pci_addr addr;
	CLEANUP_DIR DIR *dir = open_group(sysfs, group, err);
	int rc = 0;

	if (!dir)
		return -1;
	while (rc == 0) {
		rc = next_address(dir, &addr, err);
		if (rc == 0)
			rc = add_member(sysfs, &addr, depth, out, err);
	}
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

	for (size_t i = 0; i < count; i++) {
		if (!members[i].is_vfio)
			continue;
		switch (vfio_group_probe(group, &err)) {
		case 0:
		case VFIO_GROUP_ABSENT:
			return false;
		case VFIO_GROUP_BUSY:
			return true;
		default:
			return err.code != EACCES || geteuid() == 0;
		}
	}
	return false;
}

static int scan_group(const struct sysfs *sysfs, int group, enum depth depth, struct topology *out,
		      struct error *err)
{
	size_t first = out->count;
	bool is_open;

	if (add_members(sysfs, group, depth, out, err) < 0)
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
	return add_members(sysfs, group, DEPTH_KNOWN, out, err);
}

static bool is_on_host_driver(const struct pci_device *device)
{
	return device->driver[0] && !device->is_vfio;
}

/* Reads @addr when it is such a member. For most functions, the driver alone rules this out. */
static int read_host_member(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			    struct error *err)
{
	int rc = pci_scan_driver_of(sysfs, addr, out->driver, err);

	out->addr = *addr;
	if (rc == 0)
		rc = read_vfio(sysfs, out, err);
	if (rc == 0 && is_on_host_driver(out))
		rc = pci_scan_device(sysfs, addr, out, err);
	if (rc != 0)
		return rc;
	return is_on_host_driver(out) && pci_device_is_endpoint(out) ? 0 : PCI_SCAN_ABSENT;
}

int pci_scan_host_member(const struct sysfs *sysfs, int group, struct pci_device *out, struct error *err)
{
	CLEANUP_DIR DIR *dir = open_group(sysfs, group, err);
	struct pci_addr addr;
	int rc;

	if (!dir)
		return -1;
	while ((rc = next_address(dir, &addr, err)) == 0) {
		rc = read_host_member(sysfs, &addr, out, err);
		if (rc != PCI_SCAN_ABSENT)
			break;
	}
	return rc == END_OF_DIRECTORY ? PCI_SCAN_ABSENT : rc;
}

static bool names_vendor(const struct registry *registry, long vendor)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (registry->models[i].vendor == vendor)
			return true;
	}
	return false;
}

static bool named_in_registry(const struct registry *registry, long vendor, long device)
{
	const struct pci_identity id = { .vendor = (uint16_t)vendor, .device = (uint16_t)device };

	for (size_t i = 0; i < registry->count; i++) {
		if (model_has_ids(&registry->models[i], &id))
			return true;
	}
	return false;
}

/*
 * Returns true when a domain has the function, by a lease or by its address. Nothing more of it is read then.
 */
static bool is_held(const struct lease_list *leases, const struct pci_addr *addr, int group)
{
	return lease_list_find_owner(leases, addr, group, "") ||
	       lease_list_find_hostdev(leases, addr, group, "");
}

static enum depth depth_for(const struct lease_list *leases, const struct pci_addr *addr, int group)
{
	return !leases || is_held(leases, addr, group) ? DEPTH_KNOWN : DEPTH_ALL;
}

static int add_with_group(const struct sysfs *sysfs, const struct pci_addr *addr, int group, enum depth depth,
			  struct topology *out, struct error *err)
{
	return group == PCI_NO_GROUP ? add_member(sysfs, addr, depth, out, err)
				     : scan_group(sysfs, group, depth, out, err);
}

int pci_scan_add(const struct sysfs *sysfs, const struct lease_list *leases, const struct pci_addr *addr,
		 struct topology *out, struct error *err)
{
	int group;
	int rc;

	if (contains(out, addr))
		return 0; /* added with the group of an earlier function */
	rc = pci_scan_group_of(sysfs, addr, &group, err);
	if (rc == 0)
		rc = add_with_group(sysfs, addr, group, depth_for(leases, addr, group), out, err);
	return rc < 0 ? -1 : 0;
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
	rc = read_number(sysfs, addr, "vendor", UINT16_MAX, &vendor, err);
	if (rc != 0 || !names_vendor(registry, vendor))
		return rc < 0 ? -1 : NOT_NAMED;
	rc = read_number(sysfs, addr, "device", UINT16_MAX, &device, err);
	if (rc != 0)
		return rc < 0 ? -1 : NOT_NAMED;
	return named_in_registry(registry, vendor, device) ? 0 : NOT_NAMED;
}

static int scan_candidate(const struct sysfs *sysfs, const struct registry *registry,
			  const struct lease_list *leases, const struct pci_addr *addr, struct topology *out,
			  struct error *err)
{
	int rc = look_up_ids(sysfs, registry, addr, err);

	if (rc == 0)
		rc = pci_scan_add(sysfs, leases, addr, out, err);
	return rc < 0 ? -1 : 0;
}

/* @registry: NULL for every function of the host */
static int scan_functions(const struct sysfs *sysfs, const struct registry *registry,
			  const struct lease_list *leases, struct topology *out, struct error *err)
{
	struct pci_addr addr;
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, SYSFS_PCI_DEVICES, err);
	int rc = 0;

	*out = (struct topology){ 0 };
	if (!dir)
		return -1;
	while (rc == 0) {
		rc = next_address(dir, &addr, err);
		if (rc == 0)
			rc = registry ? scan_candidate(sysfs, registry, leases, &addr, out, err)
				      : pci_scan_add(sysfs, leases, &addr, out, err);
	}
	if (rc < 0) {
		topology_clear(out);
		return -1;
	}
	topology_sort(out);
	return 0;
}

int pci_scan(const struct sysfs *sysfs, const struct registry *registry, const struct lease_list *leases,
	     struct topology *out, struct error *err)
{
	return scan_functions(sysfs, registry, leases, out, err);
}

int pci_scan_whole(const struct sysfs *sysfs, const struct lease_list *leases, struct topology *out,
		   struct error *err)
{
	return scan_functions(sysfs, NULL, leases, out, err);
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
	rc = pci_scan_group_of(sysfs, addr, &group, err);
	if (rc == 0 && is_held(leases, addr, group))
		return 0;
	if (rc == 0)
		rc = look_up_ids(sysfs, registry, addr, err);
	if (rc == 0)
		rc = add_with_group(sysfs, addr, group, DEPTH_ALL, out, err);
	return rc < 0 ? -1 : 0;
}

struct addresses {
	struct pci_addr *at;
	size_t count;
};

static int addresses_add(struct addresses *addresses, const struct pci_addr *addr, struct error *err)
{
	if (!ARRAY_APPEND(addresses->at, addresses->count, *addr))
		return error_set(err, ENOMEM, "cannot note %zu functions", addresses->count + 1);
	return 0;
}

static int compare_addresses(const void *a, const void *b)
{
	return pci_addr_compare(a, b);
}

/* Reads the index of one vendor and device. */
static int read_index_of(const char *udev, uint16_t vendor, uint16_t device, struct addresses *out,
			 struct error *err)
{
	CLEANUP_DIR DIR *dir = pci_index_open(udev, vendor, device);
	struct pci_addr addr;
	int rc = 0;

	if (!dir)
		return 0;
	while (rc == 0) {
		rc = pci_index_next(dir, &addr, err);
		if (rc == 0)
			rc = addresses_add(out, &addr, err);
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
	return out->count ? 0 : PCI_SCAN_ABSENT;
}

int pci_scan_indexed(const struct sysfs *sysfs, const char *udev, const struct registry *registry,
		     const struct lease_list *leases, pci_scan_enough_fn *enough, const void *context,
		     struct topology *out, struct error *err)
{
	struct addresses addresses = { 0 };
	int rc = 0;

	*out = (struct topology){ 0 };
	if (!is_indexed(registry))
		return PCI_SCAN_ABSENT;
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

bool pci_scan_has_iommu(const struct sysfs *sysfs)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, "kernel/iommu_groups", NULL);
	const struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.';
	return found;
}
