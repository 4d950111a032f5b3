/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/topology.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void topology_clear(struct topology *topology)
{
	free(topology->devices);
	free(topology->by_group);
	*topology = (struct topology){ 0 };
}

int topology_add(struct topology *topology, const struct pci_device *device, struct error *err)
{
	if (!ARRAY_APPEND(topology->devices, topology->count, *device))
		return error_set(err, ENOMEM, "cannot list %zu PCI functions", topology->count + 1);
	free(topology->by_group);
	topology->by_group = NULL;
	return 0;
}

static int compare_devices(const void *a, const void *b)
{
	const struct pci_device *x = a, *y = b;

	return pci_addr_compare(&x->addr, &y->addr);
}

/* A whole function as key would have to be made for each search. */
static int compare_with(const void *addr, const void *device)
{
	return pci_addr_compare(addr, &((const struct pci_device *)device)->addr);
}

struct pci_device *topology_find(const struct topology *topology, const struct pci_addr *addr)
{
	if (!topology->count)
		return NULL;
	return bsearch(addr, topology->devices, topology->count, sizeof(*topology->devices), compare_with);
}

/* Firmware numbers domains with 16 bits. Domains above them belong to volume management devices (kernel:
 * drivers/pci/controller/vmd.c, vmd_find_free_domain). */
#define FIRMWARE_DOMAIN_MAX 0xffff

/* The volume management device above @child, or NULL: a guess, without the path between them. */
static struct pci_device *find_vmd(struct topology *topology, const struct pci_device *child)
{
	if (child->has_parent || child->addr.domain <= FIRMWARE_DOMAIN_MAX)
		return NULL;
	for (size_t i = 0; i < topology->count; i++) {
		struct pci_device *device = &topology->devices[i];

		if (child->group == device->group && strcmp(device->driver, "vmd") == 0)
			return device;
	}
	return NULL;
}

static void mark_parents(struct topology *topology)
{
	for (size_t i = 0; i < topology->count; i++) {
		const struct pci_device *child = &topology->devices[i];
		struct pci_device *parent = child->has_parent ? topology_find(topology, &child->parent)
							      : find_vmd(topology, child);

		if (parent && pci_device_is_endpoint(parent))
			parent->is_parent = true;
	}
}

static int compare_places(const void *a, const void *b, void *devices)
{
	const struct pci_device *all = devices;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (all[x].group != all[y].group)
		return all[x].group < all[y].group ? -1 : 1;
	return (x > y) - (x < y);
}

/* Without memory for it, the whole topology is searched. */
static void sort_by_group(struct topology *topology)
{
	free(topology->by_group);
	topology->by_group = calloc(topology->count + 1, sizeof(*topology->by_group));
	if (!topology->by_group)
		return;
	for (size_t i = 0; i < topology->count; i++)
		topology->by_group[i] = i;
	qsort_r(topology->by_group, topology->count, sizeof(*topology->by_group), compare_places,
		topology->devices);
}

/* Returns the first place in by_group of a device of @group whose index is at least @index. */
static size_t place_of(const struct topology *topology, int group, size_t index)
{
	size_t first = 0, end = topology->count;

	while (first < end) {
		size_t middle = first + (end - first) / 2, at = topology->by_group[middle];
		int its = topology->devices[at].group;

		if (its < group || (its == group && at < index))
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

const struct pci_device *topology_next_member(const struct topology *topology, int group,
					      const struct pci_device *previous)
{
	size_t i = previous ? (size_t)(previous - topology->devices) + 1 : 0;

	if (topology->by_group) {
		size_t place = place_of(topology, group, i);

		i = place < topology->count ? topology->by_group[place] : topology->count;
	}
	while (!topology->by_group && i < topology->count && topology->devices[i].group != group)
		i++;
	return i < topology->count && topology->devices[i].group == group ? &topology->devices[i] : NULL;
}

void topology_sort(struct topology *topology)
{
	if (topology->count)
		qsort(topology->devices, topology->count, sizeof(*topology->devices), compare_devices);
	mark_parents(topology);
	sort_by_group(topology);
}

void topology_set_network(struct topology *topology, const struct pci_addr *addr,
			  const char name[static NETWORK_NAME_LEN])
{
	struct pci_device *device = topology_find(topology, addr);

	if (device && (!device->network[0] || strcmp(name, device->network) < 0))
		memcpy(device->network, name, NETWORK_NAME_LEN);
}

enum pci_serial_match pci_serial_compare(const struct pci_serial *a, const struct pci_serial *b)
{
	bool has_dsn = a->dsn[0] && b->dsn[0], has_nvme = a->nvme[0] && b->nvme[0];

	if ((has_dsn && strcmp(a->dsn, b->dsn) != 0) || (has_nvme && strcmp(a->nvme, b->nvme) != 0))
		return PCI_SERIAL_OTHER;
	return has_dsn || has_nvme ? PCI_SERIAL_SAME : PCI_SERIAL_UNKNOWN;
}

bool pci_serial_valid(const struct pci_serial *serial)
{
	size_t digits = strspn(serial->dsn, "0123456789abcdef");

	if (serial->dsn[digits] || (digits && digits != PCI_DSN_LEN - 1))
		return false;
	for (const char *c = serial->nvme; *c; c++) {
		if (*c < ' ' || *c > '~')
			return false;
	}
	return true;
}

bool pci_identity_equal(const struct pci_identity *a, const struct pci_identity *b)
{
	return a->vendor == b->vendor && a->device == b->device &&
	       a->subsystem_vendor == b->subsystem_vendor && a->subsystem_device == b->subsystem_device &&
	       a->class_code == b->class_code;
}

bool pci_device_is_host_function(const struct pci_device *device)
{
	const uint16_t class_code = pci_class(&device->id);

	return class_code == PCI_CLASS_MEMORY_RAM || class_code == PCI_CLASS_BRIDGE_HOST ||
	       class_code == PCI_CLASS_BRIDGE_ISA || class_code == PCI_CLASS_BRIDGE_PCI ||
	       class_code == PCI_CLASS_SERIAL_SMBUS;
}

/* ASPEED's AST family has one id. Of Matrox' G200, these are the server variants (Linux:
 * drivers/gpu/drm/ast/ast_drv.c, drivers/gpu/drm/mgag200/mgag200_drv.c). */
bool pci_device_is_bmc_console(const struct pci_device *device)
{
	static const struct {
		uint16_t vendor, device;
	} consoles[] = {
		{ 0x1a03, 0x2000 }, { 0x102b, 0x0522 }, { 0x102b, 0x0524 }, { 0x102b, 0x0530 },
		{ 0x102b, 0x0532 }, { 0x102b, 0x0533 }, { 0x102b, 0x0534 }, { 0x102b, 0x0536 },
		{ 0x102b, 0x0538 }, { 0x102b, 0x053a },
	};

	if (device->id.class_code >> 16 != PCI_BASE_CLASS_DISPLAY)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(consoles); i++) {
		if (device->id.vendor == consoles[i].vendor && device->id.device == consoles[i].device)
			return true;
	}
	return false;
}

bool pci_driver_name_valid(const char *name)
{
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *c = name; *c; c++) {
		if (*c == '/' || (unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	}
	return true;
}

bool pci_driver_ends_with(const char *driver, const char *end)
{
	size_t len = strlen(driver), end_len = strlen(end);

	return len > end_len && strcmp(driver + len - end_len, end) == 0;
}

bool pci_driver_is_vfio_pci(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || pci_driver_ends_with(driver, "_vfio_pci") ||
	       pci_driver_ends_with(driver, "-vfio-pci");
}

/*
 * Linux: drivers/vfio/pci/vfio_pci.c, vfio_pci_dev_in_denylist; include/linux/pci_ids.h: QuickAssist
 * since 5.9, DSA and IAX of Sapphire Rapids since 6.10, or earlier in a stable kernel, where only a try to
 * bind tells it.
 */
bool pci_identity_is_denied(const struct pci_identity *id, unsigned major, unsigned minor)
{
	static const struct {
		uint16_t device;
		uint8_t major, minor;
	} denied[] = {
		{ 0x0435, 5, 9 }, { 0x0443, 5, 9 }, { 0x19e2, 5, 9 },  { 0x19e3, 5, 9 },
		{ 0x37c8, 5, 9 }, { 0x37c9, 5, 9 }, { 0x0b25, 6, 10 }, { 0x0cfe, 6, 10 },
	};

	if (id->vendor != 0x8086)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
		if (denied[i].device == id->device)
			return major > denied[i].major ||
			       (major == denied[i].major && minor >= denied[i].minor);
	}
	return false;
}

int use_text(char out[static HOST_USE_LEN], const char *fmt, ...)
{
	va_list args;
	int wanted;

	va_start(args, fmt);
	wanted = vsnprintf(out, HOST_USE_LEN, fmt, args);
	va_end(args);
	if (wanted >= HOST_USE_LEN)
		memcpy(out + HOST_USE_LEN - 4, "...", 4);
	for (char *c = out; *c; c++) {
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	}
	return HOST_USED;
}
