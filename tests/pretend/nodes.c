/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pretend/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* /dev/pretend as a whole; its sys and vfio are bound over /sys and /dev/vfio. */
static const struct fixed {
	enum static_node parent;
	const char *name;
	mode_t mode;
} fixed[STATIC_COUNT] = {
	[STATIC_NONE] = { STATIC_NONE, "", 0 },
	[STATIC_ROOT] = { STATIC_NONE, "", S_IFDIR | 0755 },
	[STATIC_SYS] = { STATIC_ROOT, "sys", S_IFDIR | 0755 },
	[STATIC_VFIO] = { STATIC_ROOT, "vfio", S_IFDIR | 0755 },
	[STATIC_CONTROL] = { STATIC_ROOT, "control", S_IFREG | 0200 },
	[STATIC_LOG] = { STATIC_ROOT, "log", S_IFREG | 0444 },
	[STATIC_STATE] = { STATIC_ROOT, "state", S_IFREG | 0444 },
	[STATIC_ERROR] = { STATIC_ROOT, "error", S_IFREG | 0444 },
	[STATIC_BUS] = { STATIC_SYS, "bus", S_IFDIR | 0755 },
	[STATIC_PCI] = { STATIC_BUS, "pci", S_IFDIR | 0755 },
	[STATIC_PCI_DEVICES] = { STATIC_PCI, "devices", S_IFDIR | 0755 },
	[STATIC_PCI_DRIVERS] = { STATIC_PCI, "drivers", S_IFDIR | 0755 },
	[STATIC_DRIVERS_PROBE] = { STATIC_PCI, "drivers_probe", S_IFREG | 0200 },
	[STATIC_PCI_RESCAN] = { STATIC_PCI, "rescan", S_IFREG | 0200 },
	[STATIC_DEVICES] = { STATIC_SYS, "devices", S_IFDIR | 0755 },
	[STATIC_SYSTEM] = { STATIC_DEVICES, "system", S_IFDIR | 0755 },
	[STATIC_SYSTEM_NODE] = { STATIC_SYSTEM, "node", S_IFDIR | 0755 },
	[STATIC_KERNEL] = { STATIC_SYS, "kernel", S_IFDIR | 0755 },
	[STATIC_GROUPS] = { STATIC_KERNEL, "iommu_groups", S_IFDIR | 0755 },
	[STATIC_MODULE] = { STATIC_SYS, "module", S_IFDIR | 0755 },
	[STATIC_CLASS] = { STATIC_SYS, "class", S_IFDIR | 0755 },
	[STATIC_CLASS_NET] = { STATIC_CLASS, "net", S_IFDIR | 0755 },
	[STATIC_CLASS_BLOCK] = { STATIC_CLASS, "block", S_IFDIR | 0755 },
	[STATIC_CLASS_IOMMU] = { STATIC_CLASS, "iommu", S_IFDIR | 0755 },
	[STATIC_CLASS_VFIO] = { STATIC_CLASS, "vfio-dev", S_IFDIR | 0755 },
	[STATIC_IOMMU_UNIT] = { STATIC_CLASS_IOMMU, "dmar0", S_IFDIR | 0755 },
	[STATIC_VFIO_CONTAINER] = { STATIC_VFIO, "vfio", S_IFREG | 0666 },
};

static const struct {
	const char *name;
	mode_t mode;
} driver_files[DRIVER_FILES] = {
	[DRIVER_BIND] = { "bind", S_IFREG | 0200 },	[DRIVER_UNBIND] = { "unbind", S_IFREG | 0200 },
	[DRIVER_NEW_ID] = { "new_id", S_IFREG | 0200 }, [DRIVER_REMOVE_ID] = { "remove_id", S_IFREG | 0200 },
	[DRIVER_UEVENT] = { "uevent", S_IFREG | 0200 },
};

uint64_t node_encode(struct node n)
{
	return (uint64_t)n.kind << 56 | (uint64_t)(n.seq & 0xfff) << 44 |
	       (uint64_t)(n.obj & 0xfffffff) << 16 | (n.sub & 0xffff);
}

struct node node_decode(uint64_t ino)
{
	struct node n = {
		.kind = (enum node_kind)(ino >> 56),
		.seq = ino >> 44 & 0xfff,
		.obj = ino >> 16 & 0xfffffff,
		.sub = ino & 0xffff,
	};
	return n;
}

static struct node make(enum node_kind kind, uint32_t obj, uint32_t sub)
{
	struct node n = { .kind = kind, .obj = obj, .sub = sub };

	return n;
}

static struct node of_device(enum node_kind kind, const struct device *dev, uint32_t sub)
{
	return make(kind, (uint32_t)dev->index, sub);
}

/* The live device a node is about, or NULL. */
static struct device *device_of(const struct model *m, struct node n)
{
	struct device *dev;

	if (n.obj >= (uint32_t)m->n_devices)
		return NULL;
	dev = m->devices[n.obj];
	return dev->gone ? NULL : dev;
}

static uint32_t driver_index(const struct model *m, const struct driver *drv)
{
	return (uint32_t)(drv - m->drivers);
}

/* Does any live device sit on that root bus? */
static bool root_bus_exists(const struct model *m, uint32_t bus)
{
	for (int i = m->first_live; i < m->n_devices; i++) {
		if (!m->devices[i]->gone && (uint32_t)m->devices[i]->root_bus == bus)
			return true;
	}
	return false;
}

static const struct device *virtfn(const struct model *m, const struct device *pf, uint32_t number)
{
	for (int i = m->first_live; i < m->n_devices; i++) {
		const struct device *dev = m->devices[i];

		if (!dev->gone && dev->physfn == pf && number-- == 0)
			return dev;
	}
	return NULL;
}

static bool group_node_shown(const struct group *g, uint32_t sub)
{
	return g->exists && g->vfio_members > 0 && (g->incarnation & 0xffff) == sub;
}

static mode_t device_node_mode(const struct model *m, const struct device *dev, struct node n)
{
	switch (n.kind) {
	case NODE_DEVICE:
		return S_IFDIR | 0755;
	case NODE_ATTR:
		return n.sub < ATTR_COUNT ? attr_mode(dev, (enum attr)n.sub) : 0;
	case NODE_DRIVER_LINK:
	case NODE_BOUND_LINK:
		return dev->driver && dev->link_shown && driver_index(m, dev->driver) == n.sub
			       ? S_IFLNK | 0777
			       : 0;
	case NODE_GROUP_LINK:
		return dev->group == (int)n.sub ? S_IFLNK | 0777 : 0;
	case NODE_MEMBER_LINK:
		return dev->group != NO_GROUP ? S_IFLNK | 0777 : 0;
	case NODE_PHYSFN_LINK:
		return dev->physfn ? S_IFLNK | 0777 : 0;
	case NODE_VIRTFN_LINK:
		return virtfn(m, dev, n.sub) ? S_IFLNK | 0777 : 0;
	case NODE_CHILD:
		return child_mode(dev, (int)n.sub);
	case NODE_CLASS_LINK:
		return child_mode(dev, (int)n.sub) ? S_IFLNK | 0777 : 0;
	case NODE_BUS_LINK:
	case NODE_SUBSYSTEM_LINK:
		return S_IFLNK | 0777;
	case NODE_STATIC:
	case NODE_ROOT_BUS:
	case NODE_DRIVER:
	case NODE_DRIVER_FILE:
	case NODE_MODULE:
	case NODE_GROUP:
	case NODE_GROUP_DEVICES:
	case NODE_GROUP_TYPE:
	case NODE_VFIO_GROUP:
	case NODE_NUMA:
		break;
	}
	return 0;
}

mode_t node_mode(const struct model *m, struct node n)
{
	const struct device *dev;

	switch (n.kind) {
	case NODE_STATIC:
		return n.sub < STATIC_COUNT ? fixed[n.sub].mode : 0;
	case NODE_ROOT_BUS:
		return S_IFDIR | 0755;
	case NODE_DRIVER:
	case NODE_MODULE:
		if (n.obj >= (uint32_t)m->n_drivers || !m->drivers[n.obj].present)
			return 0;
		return n.kind == NODE_MODULE && n.sub == MODULE_DENYLIST ? S_IFREG | 0444 : S_IFDIR | 0755;
	case NODE_DRIVER_FILE:
		if (n.obj >= (uint32_t)m->n_drivers || !m->drivers[n.obj].present || n.sub >= DRIVER_FILES)
			return 0;
		return driver_files[n.sub].mode;
	case NODE_GROUP:
	case NODE_GROUP_DEVICES:
		return m->groups[n.obj % MAX_GROUPS].exists ? S_IFDIR | 0755 : 0;
	case NODE_GROUP_TYPE:
		return m->groups[n.obj % MAX_GROUPS].exists ? S_IFREG | 0644 : 0;
	case NODE_VFIO_GROUP:
		return group_node_shown(&m->groups[n.obj % MAX_GROUPS], n.sub) ? S_IFREG | 0600 : 0;
	case NODE_NUMA:
		if (n.obj >= (uint32_t)m->n_nodes)
			return 0;
		return n.sub == NUMA_TOP ? S_IFDIR | 0755 : S_IFREG | 0444;
	case NODE_DEVICE:
	case NODE_ATTR:
	case NODE_BUS_LINK:
	case NODE_DRIVER_LINK:
	case NODE_GROUP_LINK:
	case NODE_SUBSYSTEM_LINK:
	case NODE_PHYSFN_LINK:
	case NODE_VIRTFN_LINK:
	case NODE_CHILD:
	case NODE_CLASS_LINK:
	case NODE_BOUND_LINK:
	case NODE_MEMBER_LINK:
		dev = device_of(m, n);
		return dev ? device_node_mode(m, dev, n) : 0;
	}
	return 0;
}

/* --- listing; lookups of small directories go through it, too --- */

static void list_fixed(struct node dir, node_emit_fn *emit, void *ctx)
{
	for (uint32_t i = STATIC_SYS; i < STATIC_COUNT; i++) {
		if (fixed[i].parent == dir.sub)
			emit(ctx, fixed[i].name, make(NODE_STATIC, 0, i));
	}
}

static void list_root_buses(const struct model *m, node_emit_fn *emit, void *ctx)
{
	char name[NAME_LEN];

	for (int i = m->first_live; i < m->n_devices; i++) {
		int bus = m->devices[i]->root_bus, before = m->first_live;

		if (m->devices[i]->gone || m->devices[i]->parent)
			continue;
		while (before < i && (m->devices[before]->gone || m->devices[before]->root_bus != bus))
			before++;
		if (before < i)
			continue;
		snprintf(name, sizeof(name), "pci%04x:%02x", (unsigned int)bus >> 8,
			 (unsigned int)bus & 0xff);
		emit(ctx, name, make(NODE_ROOT_BUS, (uint32_t)bus, 0));
	}
}

static void list_vfio(const struct model *m, node_emit_fn *emit, void *ctx)
{
	char name[NAME_LEN];

	for (uint32_t i = 0; i < MAX_GROUPS; i++) {
		const struct group *g = &m->groups[i];

		if (!g->exists || g->vfio_members == 0)
			continue;
		snprintf(name, sizeof(name), "%s%u", g->noiommu ? "noiommu-" : "", i);
		emit(ctx, name, make(NODE_VFIO_GROUP, i, g->incarnation & 0xffff));
	}
}

static void list_class(const struct model *m, const char *class_name, node_emit_fn *emit, void *ctx)
{
	char name[NAME_LEN];

	for (int i = m->first_live; i < m->n_devices; i++) {
		const struct device *dev = m->devices[i];
		int index = dev->gone ? -ENOENT : child_of_class(dev, class_name, name);

		if (index > 0)
			emit(ctx, name, of_device(NODE_CLASS_LINK, dev, (uint32_t)index));
	}
}

static void list_numa(const struct model *m, node_emit_fn *emit, void *ctx)
{
	char name[NAME_LEN];

	if (m->n_nodes)
		emit(ctx, "online", make(NODE_NUMA, 0, NUMA_ONLINE));
	for (int i = 0; i < m->n_nodes; i++) {
		snprintf(name, sizeof(name), "node%d", m->nodes[i].number);
		emit(ctx, name, make(NODE_NUMA, (uint32_t)i, NUMA_TOP));
	}
}

static void list_static(struct model *m, struct node dir, node_emit_fn *emit, void *ctx)
{
	char name[NAME_LEN];

	list_fixed(dir, emit, ctx);
	if (dir.sub == STATIC_DEVICES)
		list_root_buses(m, emit, ctx);
	if (dir.sub == STATIC_SYSTEM_NODE)
		list_numa(m, emit, ctx);
	if (dir.sub == STATIC_VFIO)
		list_vfio(m, emit, ctx);
	if (dir.sub == STATIC_CLASS_NET || dir.sub == STATIC_CLASS_BLOCK)
		list_class(m, fixed[dir.sub].name, emit, ctx);
	if (dir.sub == STATIC_PCI_DEVICES) {
		for (int i = m->first_live; i < m->n_devices; i++) {
			if (!m->devices[i]->gone)
				emit(ctx, m->devices[i]->addr, of_device(NODE_BUS_LINK, m->devices[i], 0));
		}
	}
	if (dir.sub == STATIC_GROUPS) {
		for (uint32_t i = 0; i < MAX_GROUPS; i++) {
			if (!m->groups[i].exists)
				continue;
			snprintf(name, sizeof(name), "%u", i);
			emit(ctx, name, make(NODE_GROUP, i, 0));
		}
	}
	if (dir.sub == STATIC_PCI_DRIVERS || dir.sub == STATIC_MODULE) {
		for (uint32_t i = 0; i < (uint32_t)m->n_drivers; i++) {
			const struct driver *drv = &m->drivers[i];

			if (drv->present && dir.sub == STATIC_PCI_DRIVERS)
				emit(ctx, drv->name, make(NODE_DRIVER, i, 0));
			else if (drv->present && drv->module[0])
				emit(ctx, drv->module, make(NODE_MODULE, i, 0));
		}
	}
}

static void list_device(const struct model *m, const struct device *dev, node_emit_fn *emit, void *ctx)
{
	const struct device *vf;
	char name[NAME_LEN];

	for (uint32_t i = 0; i < ATTR_COUNT; i++) {
		if (attr_mode(dev, (enum attr)i))
			emit(ctx, attr_names[i], of_device(NODE_ATTR, dev, i));
	}
	emit(ctx, "subsystem", of_device(NODE_SUBSYSTEM_LINK, dev, 0));
	if (dev->driver && dev->link_shown)
		emit(ctx, "driver", of_device(NODE_DRIVER_LINK, dev, driver_index(m, dev->driver)));
	if (dev->group != NO_GROUP)
		emit(ctx, "iommu_group", of_device(NODE_GROUP_LINK, dev, (uint32_t)dev->group));
	if (dev->physfn)
		emit(ctx, "physfn", of_device(NODE_PHYSFN_LINK, dev, 0));
	for (uint32_t i = 0; dev->numvfs > 0 && (vf = virtfn(m, dev, i)); i++) {
		snprintf(name, sizeof(name), "virtfn%u", i);
		emit(ctx, name, of_device(NODE_VIRTFN_LINK, dev, i));
	}
	for (const struct device *c = dev->first_child; c; c = c->next_sibling)
		emit(ctx, c->addr, of_device(NODE_DEVICE, c, 0));
	child_list(dev, 0, emit, ctx);
}

static void list_driver(const struct model *m, uint32_t index, node_emit_fn *emit, void *ctx)
{
	for (uint32_t i = 0; i < DRIVER_FILES; i++)
		emit(ctx, driver_files[i].name, make(NODE_DRIVER_FILE, index, i));
	for (int i = m->first_live; i < m->n_devices; i++) {
		const struct device *dev = m->devices[i];

		if (!dev->gone && dev->driver == &m->drivers[index] && dev->link_shown)
			emit(ctx, dev->addr, of_device(NODE_BOUND_LINK, dev, index));
	}
}

static void list_members(const struct model *m, uint32_t number, node_emit_fn *emit, void *ctx)
{
	const struct group *g = &m->groups[number % MAX_GROUPS];
	int from = g->from > m->first_live ? g->from : m->first_live;

	for (int i = from; i < g->to; i++) {
		const struct device *dev = m->devices[i];

		if (!dev->gone && (uint32_t)dev->group == number)
			emit(ctx, dev->addr, of_device(NODE_MEMBER_LINK, dev, 0));
	}
}

void node_list(struct model *m, struct node dir, node_emit_fn *emit, void *ctx)
{
	const struct device *dev;

	if (!node_mode(m, dir))
		return;
	switch (dir.kind) {
	case NODE_STATIC:
		list_static(m, dir, emit, ctx);
		return;
	case NODE_ROOT_BUS:
		for (int i = m->first_live; i < m->n_devices; i++) {
			dev = m->devices[i];
			if (!dev->gone && !dev->parent && (uint32_t)dev->root_bus == dir.obj)
				emit(ctx, dev->addr, of_device(NODE_DEVICE, dev, 0));
		}
		return;
	case NODE_GROUP_DEVICES:
		list_members(m, dir.obj, emit, ctx);
		return;
	case NODE_DEVICE:
		list_device(m, device_of(m, dir), emit, ctx);
		return;
	case NODE_CHILD:
		child_list(device_of(m, dir), (int)dir.sub, emit, ctx);
		return;
	case NODE_DRIVER:
		list_driver(m, dir.obj, emit, ctx);
		return;
	case NODE_MODULE:
		if (strcmp(m->drivers[dir.obj].module, "vfio_pci") == 0 && dir.sub == MODULE_TOP)
			emit(ctx, "parameters", make(NODE_MODULE, dir.obj, MODULE_PARAMETERS));
		else if (dir.sub == MODULE_PARAMETERS)
			emit(ctx, "disable_denylist", make(NODE_MODULE, dir.obj, MODULE_DENYLIST));
		return;
	case NODE_GROUP:
		emit(ctx, "devices", make(NODE_GROUP_DEVICES, dir.obj, 0));
		emit(ctx, "type", make(NODE_GROUP_TYPE, dir.obj, 0));
		return;
	case NODE_NUMA:
		if (dir.sub == NUMA_TOP)
			emit(ctx, "cpulist", make(NODE_NUMA, dir.obj, NUMA_CPULIST));
		return;
	case NODE_ATTR:
	case NODE_BUS_LINK:
	case NODE_DRIVER_LINK:
	case NODE_GROUP_LINK:
	case NODE_SUBSYSTEM_LINK:
	case NODE_PHYSFN_LINK:
	case NODE_VIRTFN_LINK:
	case NODE_CLASS_LINK:
	case NODE_BOUND_LINK:
	case NODE_MEMBER_LINK:
	case NODE_DRIVER_FILE:
	case NODE_GROUP_TYPE:
	case NODE_VFIO_GROUP:
		return;
	}
}

struct wanted {
	const char *name;
	struct node *out;
	bool found;
};

static void match_name(void *ctx, const char *name, struct node node)
{
	struct wanted *w = ctx;

	if (w->found || strcmp(name, w->name) != 0)
		return;
	*w->out = node;
	w->found = true;
}

/* Names that are device addresses are found without walking over a host of thousands. */
static bool lookup_address(const struct model *m, struct node dir, const char *name, struct node *out)
{
	const struct device *dev = model_find(m, name);

	if (!dev)
		return false;
	if (dir.kind == NODE_STATIC && dir.sub == STATIC_PCI_DEVICES)
		*out = of_device(NODE_BUS_LINK, dev, 0);
	else if (dir.kind == NODE_GROUP_DEVICES && (uint32_t)dev->group == dir.obj)
		*out = of_device(NODE_MEMBER_LINK, dev, 0);
	else if (dir.kind == NODE_ROOT_BUS && !dev->parent && (uint32_t)dev->root_bus == dir.obj)
		*out = of_device(NODE_DEVICE, dev, 0);
	else
		return false;
	return true;
}

static bool lookup_number(const struct model *m, struct node dir, const char *name, struct node *out)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);

	if (dir.kind != NODE_STATIC || end == name || *end || number >= MAX_GROUPS)
		return false;
	if (dir.sub == STATIC_GROUPS)
		*out = make(NODE_GROUP, (uint32_t)number, 0);
	else if (dir.sub == STATIC_VFIO && !m->groups[number].noiommu)
		*out = make(NODE_VFIO_GROUP, (uint32_t)number, m->groups[number].incarnation & 0xffff);
	else
		return false;
	return node_mode(m, *out) != 0;
}

int node_lookup(struct model *m, struct node dir, const char *name, struct node *out)
{
	struct wanted w = { .name = name, .out = out };

	if (!S_ISDIR(node_mode(m, dir)))
		return -ENOENT;
	if (lookup_address(m, dir, name, out) || lookup_number(m, dir, name, out))
		return 0;
	if (dir.kind == NODE_GROUP_DEVICES || (dir.kind == NODE_STATIC && dir.sub == STATIC_PCI_DEVICES))
		return -ENOENT;
	if (dir.kind == NODE_ROOT_BUS && !root_bus_exists(m, dir.obj))
		return -ENOENT;
	node_list(m, dir, match_name, &w);
	return w.found ? 0 : -ENOENT;
}
