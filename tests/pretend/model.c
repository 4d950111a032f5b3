/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pretend/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int bucket_of(const char *addr)
{
	unsigned int h = 5381;

	for (; *addr; addr++)
		h = h * 33 + (unsigned char)*addr;
	return h % ADDR_BUCKETS;
}

/* An empty host. Ends the process when there is no memory, as a test tool may. */
struct model *model_new(void)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	m->devices = calloc(MAX_DEVICES, sizeof(struct device *));
	if (!m->devices)
		abort();
	return m;
}

/*
 * Forgets the host, so that another can be described. Devices are not freed and their
 * indexes not used again: an operation in flight may still point at one, and the inode
 * numbers of the file system are made of the indexes.
 */
void model_clear(struct model *m)
{
	for (int i = m->first_live; i < m->n_devices; i++)
		m->devices[i]->gone = true;
	m->first_live = m->n_devices;
	memset(m->buckets, 0, sizeof(m->buckets));
	memset(m->drivers, 0, sizeof(m->drivers));
	m->n_drivers = 0;
	for (int i = 0; i < MAX_GROUPS; i++) {
		unsigned int incarnation = m->groups[i].incarnation;

		if (!m->groups[i].exists)
			continue;
		memset(&m->groups[i], 0, sizeof(m->groups[i]));
		m->groups[i].incarnation = incarnation + 1;
	}
	m->n_nodes = 0;
	m->noiommu = false;
	m->denylist_off = false;
	m->epoch++;
}

/* The device of that address that is on the bus now, or NULL. */
struct device *model_find(const struct model *m, const char *addr)
{
	struct device *dev = m->buckets[bucket_of(addr)];

	while (dev && (dev->gone || strcmp(dev->addr, addr) != 0))
		dev = dev->next_same_bucket;
	return dev;
}

/* Adds a device with nothing known but its address; NULL when the address is taken or too long. */
struct device *model_add(struct model *m, const char *addr)
{
	struct device *dev;
	unsigned int b = bucket_of(addr);

	if (strlen(addr) >= PCI_NAME_LEN || model_find(m, addr) || m->n_devices == MAX_DEVICES)
		return NULL;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		abort();
	snprintf(dev->addr, sizeof(dev->addr), "%s", addr);
	dev->index = m->n_devices;
	dev->group = NO_GROUP;
	dev->numa = -1;
	dev->boot_vga = -1;
	dev->next_same_bucket = m->buckets[b];
	m->buckets[b] = dev;
	m->devices[m->n_devices++] = dev;
	return dev;
}

/* Puts a device behind a bridge. */
void model_link_parent(struct device *dev, struct device *parent)
{
	dev->parent = parent;
	dev->root_bus = parent->root_bus;
	dev->next_sibling = parent->first_child;
	parent->first_child = dev;
}

/* Takes a device off the bus; no driver has it any more. */
void model_drop(struct model *m, struct device *dev)
{
	struct device **p;

	if (dev->parent) {
		for (p = &dev->parent->first_child; *p && *p != dev; p = &(*p)->next_sibling)
			;
		if (*p)
			*p = dev->next_sibling;
	}
	for (p = &m->buckets[bucket_of(dev->addr)]; *p && *p != dev; p = &(*p)->next_same_bucket)
		;
	if (*p)
		*p = dev->next_same_bucket;
	dev->gone = true;
}

/* The driver of that name, present or not; NULL when the host has none such. */
struct driver *model_driver(struct model *m, const char *name)
{
	for (int i = 0; i < m->n_drivers; i++) {
		if (strcmp(m->drivers[i].name, name) == 0)
			return &m->drivers[i];
	}
	return NULL;
}

/* The same, and makes a driver that is present when there was none; NULL: too many. */
struct driver *model_driver_add(struct model *m, const char *name)
{
	struct driver *drv = model_driver(m, name);

	if (drv)
		return drv;
	if (m->n_drivers == MAX_DRIVERS || strlen(name) >= NAME_LEN)
		return NULL;
	drv = &m->drivers[m->n_drivers++];
	strcpy(drv->name, name);
	strcpy(drv->module, name);
	for (char *p = drv->module; *p; p++) {
		if (*p == '-')
			*p = '_';
	}
	drv->present = true;
	drv->vfio = strcmp(name, "vfio-pci") == 0;
	return drv;
}

/* The group of that number, made when it is new; NULL for a number that cannot be one. */
struct group *model_group(struct model *m, int number)
{
	if (number < 0 || number >= MAX_GROUPS)
		return NULL;
	m->groups[number].exists = true;
	m->groups[number].number = number;
	return &m->groups[number];
}

/* Puts a device into the group of that number, which is valid; the group is made when it is new. */
void model_join_group(struct model *m, struct device *dev, int number)
{
	struct group *g = model_group(m, number);

	if (g->to == 0 || dev->index < g->from)
		g->from = dev->index;
	if (dev->index >= g->to)
		g->to = dev->index + 1;
	dev->group = number;
}

bool group_has_members(const struct model *m, int number)
{
	for (int i = m->first_live; i < m->n_devices; i++) {
		if (!m->devices[i]->gone && m->devices[i]->group == number)
			return true;
	}
	return false;
}

/* User space owns the DMA of this group. */
bool group_in_use(const struct group *g)
{
	return g->held || g->claimed;
}

/*
 * Would this driver take this device? With an override only the driver of that name, and
 * that one whatever its id table says (drivers/pci/pci-driver.c: pci_match_device()).
 */
bool driver_matches(const struct driver *drv, const struct device *dev)
{
	if (!drv->present)
		return false;
	if (dev->override)
		return strcmp(dev->override, drv->name) == 0;
	for (int i = 0; i < drv->n_dynamic; i++) {
		if (drv->dynamic[i].vendor == dev->vendor && drv->dynamic[i].device == dev->device)
			return true;
	}
	return dev->native == drv;
}

static void put16(unsigned char *p, unsigned int value)
{
	p[0] = value & 0xff;
	p[1] = (value >> 8) & 0xff;
}

/* Does another function of the same slot exist? Then bit 7 of the header type is set. */
static bool is_multifunction(const struct model *m, const struct device *dev)
{
	char addr[PCI_NAME_LEN];
	size_t n = strlen(dev->addr);

	strcpy(addr, dev->addr);
	for (char f = '0'; f < '8'; f++) {
		addr[n - 1] = f;
		if (f != dev->addr[n - 1] && model_find(m, addr))
			return true;
	}
	return false;
}

/* Lanes of "2.5x1/8.0x4", now or at most. */
static unsigned int lanes(const struct device *dev, bool at_most)
{
	const char *slash = strchr(dev->link, '/');
	const char *x = strchr(at_most && slash ? slash : dev->link, 'x');

	return x ? (unsigned int)atoi(x + 1) : 0;
}

/* Power Management, and PCI Express when it has a link, with the registers that tell something of them. */
static void put_capabilities(const struct device *dev, unsigned char buf[256])
{
	static const char *const low[] = { "D1", "D2", "D3hot" };

	buf[0x34] = 0x40;
	buf[0x40] = 0x01;
	buf[0x41] = dev->link[0] ? 0x60 : 0;
	for (unsigned int i = 0; i < 3; i++) {
		if (strcmp(dev->power, low[i]) == 0)
			buf[0x44] = (unsigned char)(i + 1);
	}
	if (!dev->link[0])
		return;
	buf[0x60] = 0x10;
	put16(buf + 0x60 + 12, lanes(dev, true) << 4);
	put16(buf + 0x60 + 18, lanes(dev, false) << 4);
}

/*
 * The first 256 bytes of configuration space, in the layout of the PCI specification.
 * A VF answers ffff for both ids (SR-IOV specification, VF configuration space): only a
 * header that is ones throughout tells a dead device. Returns the number of bytes.
 */
size_t device_config(const struct model *m, const struct device *dev, unsigned char buf[256])
{
	if (dev->dead) {
		memset(buf, 0xff, 256);
		return 256;
	}
	memset(buf, 0, 256);
	put16(buf, dev->physfn ? 0xffff : dev->vendor);
	put16(buf + 2, dev->physfn ? 0xffff : dev->device);
	put16(buf + 4, dev->driver ? 0x0406 : 0x0000);
	put16(buf + 6, 0x0010);
	buf[8] = (unsigned char)dev->revision;
	buf[9] = dev->class & 0xff;
	put16(buf + 10, dev->class >> 8);
	buf[14] = (unsigned char)(dev->header | (is_multifunction(m, dev) ? 0x80 : 0));
	if (dev->header == 0) {
		put16(buf + 0x2c, dev->subvendor);
		put16(buf + 0x2e, dev->subdevice);
		put_capabilities(dev, buf);
	}
	return 256;
}
