/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/device.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/fileio.h"

/* The standard configuration header (PCI Local Bus Specification 3.0, 6.1; linux/pci_regs.h). */
#define CONFIG_HEADER_TYPE 0x0e
#define HEADER_TYPE_MASK 0x7f
#define ALL_ONES 0xff

/* Rejects a number that is too large for its field: truncated, it would be another device's. */
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

int pci_device_read_id(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute,
		       long *out, struct error *err)
{
	return read_number(sysfs, addr, attribute, UINT16_MAX, out, err);
}

static int read_identity(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			 struct error *err)
{
	static const struct {
		const char *name;
		long max;
	} attributes[] = {
		{ "vendor", UINT16_MAX },
		{ "device", UINT16_MAX },
		{ "subsystem_vendor", UINT16_MAX },
		{ "subsystem_device", UINT16_MAX },
		{ "class", 0xffffff },
	};
	long values[ARRAY_SIZE(attributes)];

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		int rc = read_number(sysfs, addr, attributes[i].name, attributes[i].max, &values[i], err);

		if (rc != 0)
			return rc;
	}
	out->id = (struct pci_identity){ (uint16_t)values[0], (uint16_t)values[1], (uint16_t)values[2],
					 (uint16_t)values[3], (uint32_t)values[4] };
	return 0;
}

/* Checks all of it: a virtual function's IDs are all ones by design (SR-IOV specification, 3.4.1.1). */
static bool reads_all_ones(const unsigned char header[static PCI_CONFIG_HEADER_LEN])
{
	for (size_t i = 0; i < PCI_CONFIG_HEADER_LEN; i++) {
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

/* Only the configuration space shows whether a function is a bridge, and whether it responds. */
static int read_config(const struct sysfs *sysfs, struct pci_device *out, bool with_capabilities,
		       struct error *err)
{
	unsigned char config[PCI_CONFIG_LEN];
	char path[SYSFS_PATH_LEN];
	size_t len = 0;
	int rc = sysfs_read_bytes(sysfs, sysfs_device_path(&out->addr, "config", path), config,
				  with_capabilities ? PCI_CONFIG_LEN : PCI_CONFIG_HEADER_LEN, &len, err);

	if (rc != 0)
		return rc;
	if (len < PCI_CONFIG_HEADER_LEN)
		return error_set(err, EIO, "short read of /sys/%s", path);
	out->is_dead = reads_all_ones(config);
	/* The header type of a dead function also reads as all ones, so its class is used instead. */
	out->is_bridge = out->is_dead ? is_bridge_by_class(&out->id)
				      : (config[CONFIG_HEADER_TYPE] & HEADER_TYPE_MASK) != 0;
	if (with_capabilities)
		pci_state_from_config(config, len, &out->state);
	return 0;
}

int pci_device_read_group(const struct sysfs *sysfs, const struct pci_addr *addr, int *group,
			  struct error *err)
{
	char path[SYSFS_PATH_LEN], name[32], *end;
	long number;
	int rc = sysfs_read_link_name(sysfs, sysfs_device_path(addr, "iommu_group", path), name, sizeof(name),
				      err);

	*group = PCI_NO_GROUP;
	/* It has no group, or there is no such function. */
	if (rc == SYSFS_ABSENT)
		return sysfs_find(sysfs, sysfs_device_path(addr, NULL, path), err);
	if (rc < 0)
		return -1;
	number = strtol(name, &end, 10);
	if (!isdigit((unsigned char)name[0]) || *end || number > INT_MAX)
		return error_set(err, 0, "the link /sys/%s names no IOMMU group: %s", path, name);
	*group = (int)number;
	return 0;
}

int pci_device_read_driver(const struct sysfs *sysfs, const struct pci_addr *addr,
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

int pci_device_read_override_text(const struct sysfs *sysfs, const struct pci_addr *addr, char *out,
				  size_t size, struct error *err)
{
	char path[SYSFS_PATH_LEN];
	int rc = sysfs_read(sysfs, sysfs_device_path(addr, "driver_override", path), out, size, err);

	/* The kernel prints "(null)" for an override that is not set. */
	if (rc == 0 && strcmp(out, "(null)") == 0)
		out[0] = '\0';
	return rc;
}

int pci_device_read_override(const struct sysfs *sysfs, const struct pci_addr *addr,
			     char out[static PCI_DRIVER_LEN], struct error *err)
{
	char text[PCI_ADDR_LEN];
	int rc = pci_device_read_override_text(sysfs, addr, out, PCI_DRIVER_LEN, err);

	if (rc == SYSFS_ABSENT)
		out[0] = '\0';
	if (rc < 0)
		return -1;
	if (out[0] && !pci_driver_name_valid(out))
		return error_set(err, 0, "the driver override of %s is not a driver name: \"%s\"; clear it",
				 pci_addr_format(addr, text), out);
	return 0;
}

int pci_device_read_physfn(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_addr *physfn,
			   struct error *err)
{
	char path[SYSFS_PATH_LEN], name[PCI_ADDR_LEN];
	int rc =
		sysfs_read_link_name(sysfs, sysfs_device_path(addr, "physfn", path), name, sizeof(name), err);

	if (rc != 0)
		return rc;
	if (pci_addr_parse(name, physfn) != 0)
		return error_set(err, 0, "the link /sys/%s names no PCI function: %s", path, name);
	return 0;
}

/* Finds the last address in @target before that of the function itself. Truncates @target. */
static bool find_parent(char *target, struct pci_addr *parent)
{
	char *slash = strrchr(target, '/');

	while (slash) {
		*slash = '\0';
		slash = strrchr(target, '/');
		if (pci_addr_parse(slash ? slash + 1 : target, parent) == 0)
			return true;
	}
	return false;
}

/*
 * Sets is_virtual, physfn, has_parent and parent; leaves them when the function has just disappeared. The
 * links never wait for a device. The parent is the nearest PCI function above the device in the device tree.
 * It is usually a bridge. Below a volume management device it is that endpoint, with a separate root bus
 * between the two (kernel: drivers/pci/controller/vmd.c, vmd_enable_domain).
 */
static int read_parents(const struct sysfs *sysfs, struct pci_device *device, struct error *err)
{
	char path[SYSFS_PATH_LEN], target[PATH_MAX];
	int rc = pci_device_read_physfn(sysfs, &device->addr, &device->physfn, err);

	device->is_virtual = rc == 0;
	if (rc < 0)
		return -1;
	rc = sysfs_read_link(sysfs, sysfs_device_path(&device->addr, NULL, path), target, sizeof(target),
			     err);
	if (rc == 0)
		device->has_parent = find_parent(target, &device->parent);
	return rc < 0 ? -1 : 0;
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
	while ((rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			out->vfs_enabled++;
	}
	return rc;
}

/*
 * Since Linux 6.1, a function on a VFIO driver has a directory vfio-dev
 * (Documentation/ABI/testing/sysfs-devices-vfio-dev). On older kernels, where VFIO has no such class, only
 * the kernel's own drivers are recognized.
 */
int pci_device_read_vfio(const struct sysfs *sysfs, struct pci_device *device, struct error *err)
{
	char path[SYSFS_PATH_LEN];
	int rc;

	device->is_vfio = false;
	if (!device->driver[0])
		return 0;
	rc = sysfs_find(sysfs, sysfs_device_path(&device->addr, "vfio-dev", path), err);
	device->is_vfio = rc == 0;
	if (rc == SYSFS_ABSENT && pci_driver_is_vfio_pci(device->driver)) {
		rc = sysfs_find(sysfs, "class/vfio-dev", err);
		device->is_vfio = rc == SYSFS_ABSENT;
	}
	return rc < 0 ? -1 : 0;
}

/* The deny list of vfio-pci applies while its parameter enables it; unknown when the module is not loaded. */
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

int pci_device_read_place(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			  struct error *err)
{
	int rc;

	*out = (struct pci_device){ .addr = *addr, .group = PCI_NO_GROUP, .numa_node = PCI_NO_NODE };
	rc = read_identity(sysfs, addr, out, err);
	if (rc == 0)
		rc = pci_device_read_group(sysfs, addr, &out->group, err);
	if (rc == 0)
		rc = pci_device_read_driver(sysfs, addr, out->driver, err);
	out->is_unread = true;
	return rc;
}

/* Only the registry's key of that name, and a description, need it. */
static int read_revision(const struct sysfs *sysfs, struct pci_device *out, struct error *err)
{
	long revision = 0;
	int rc = read_number(sysfs, &out->addr, "revision", UINT8_MAX, &revision, err);

	out->revision = (uint8_t)revision;
	return rc;
}

int pci_device_read_known(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			  struct error *err)
{
	int rc = pci_device_read_place(sysfs, addr, out, err);

	if (rc == 0)
		rc = read_revision(sysfs, out, err);
	if (rc == 0)
		rc = pci_device_read_vfio(sysfs, out, err);
	if (rc == 0)
		rc = read_parents(sysfs, out, err);
	out->is_bridge = is_bridge_by_class(&out->id);
	out->is_unread = true;
	return rc;
}

int pci_device_read_rest(const struct sysfs *sysfs, struct pci_device *device, bool with_capabilities,
			 struct error *err)
{
	struct error cause = { 0 };
	long boot_vga = 0;
	int rc = read_denied(sysfs, device, err);

	device->is_unread = false;
	if (rc == 0)
		rc = read_config(sysfs, device, with_capabilities, err);
	/* Only some devices have it. */
	if (rc == 0 && read_number(sysfs, &device->addr, "boot_vga", UINT16_MAX, &boot_vga, err) < 0)
		rc = -1;
	if (rc == 0)
		rc = count_vfs(sysfs, device, err);
	if (rc == 0 && pci_device_read_override(sysfs, &device->addr, device->override, &cause) < 0)
		snprintf(device->unclear, sizeof(device->unclear), "cannot be taken: %.160s", cause.msg);
	device->is_boot_vga = boot_vga != 0;
	return rc;
}

int pci_device_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
		    struct error *err)
{
	int rc = pci_device_read_known(sysfs, addr, out, err);

	return rc == 0 ? pci_device_read_rest(sysfs, out, false, err) : rc;
}
