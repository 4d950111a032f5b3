/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths: where links point, how nodes are called in the log, and the files that need no lock. */
#include "pretend/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void device_path(const struct device *dev, char path[static PATH_LEN])
{
	size_t n;

	if (dev->parent)
		device_path(dev->parent, path);
	else
		snprintf(path, PATH_LEN, "devices/pci%04x:%02x", (unsigned int)dev->root_bus >> 8,
			 (unsigned int)dev->root_bus & 0xff);
	n = strlen(path);
	snprintf(path + n, PATH_LEN - n, "/%s", dev->addr);
}

void path_to_top(const char *path, char up[static PATH_LEN])
{
	size_t n = 0;

	memcpy(up, "../", 4);
	n = 3;
	for (; *path && n + 4 < PATH_LEN; path++) {
		if (*path != '/')
			continue;
		memcpy(up + n, "../", 4);
		n += 3;
	}
}

/* A link in the directory of @dev to <below>/<name> of /sys. */
static void link_from(const struct device *dev, const char *below, const char *name,
		      char target[static PATH_LEN])
{
	char path[PATH_LEN], up[PATH_LEN];

	device_path(dev, path);
	path_to_top(path, up);
	snprintf(target, PATH_LEN, "%.200s%.100s/%.200s", up, below, name);
}

/* The n-th VF of a PF, in the order in which they were described. */
static const struct device *nth_vf(const struct model *m, const struct device *pf, uint32_t number)
{
	for (int i = m->first_live; i < m->n_devices; i++) {
		const struct device *dev = m->devices[i];

		if (!dev->gone && dev->physfn == pf && number-- == 0)
			return dev;
	}
	return pf;
}

static void class_link(const struct device *dev, struct node n, char target[static PATH_LEN])
{
	char path[PATH_LEN], child[PATH_LEN];

	device_path(dev, path);
	child_path(dev, (int)n.sub, child);
	snprintf(target, PATH_LEN, "../../%.300s/%.150s", path, child);
}

int node_link(const struct model *m, struct node n, char target[static PATH_LEN])
{
	const struct device *dev;
	char path[PATH_LEN], number[16];

	if (!node_mode(m, n))
		return -ENOENT;
	dev = m->devices[n.obj];
	device_path(dev, path);
	snprintf(number, sizeof(number), "%u", n.sub);
	if (n.kind == NODE_BUS_LINK)
		snprintf(target, PATH_LEN, "../../../%.400s", path);
	else if (n.kind == NODE_BOUND_LINK || n.kind == NODE_MEMBER_LINK)
		snprintf(target, PATH_LEN, "../../../../%.400s", path);
	else if (n.kind == NODE_DRIVER_LINK)
		link_from(dev, "bus/pci/drivers", m->drivers[n.sub].name, target);
	else if (n.kind == NODE_GROUP_LINK)
		link_from(dev, "kernel/iommu_groups", number, target);
	else if (n.kind == NODE_SUBSYSTEM_LINK)
		link_from(dev, "bus", "pci", target);
	else if (n.kind == NODE_PHYSFN_LINK)
		snprintf(target, PATH_LEN, "../%s", dev->physfn->addr);
	else if (n.kind == NODE_VIRTFN_LINK)
		snprintf(target, PATH_LEN, "../%s", nth_vf(m, dev, n.sub)->addr);
	else if (n.kind == NODE_CLASS_LINK)
		class_link(dev, n, target);
	else if (n.kind == NODE_CHILD)
		return child_link(dev, (int)n.sub, target);
	else
		return -EINVAL;
	return 0;
}

static int numa_text(const struct model *m, struct node n, char buf[static PAGE_LEN])
{
	int len = 0;

	if (n.sub == NUMA_CPULIST)
		return snprintf(buf, PAGE_LEN, "%s\n", m->nodes[n.obj].cpus);
	for (int i = 0; i < m->n_nodes; i++)
		len += snprintf(buf + len, PAGE_LEN - (size_t)len, "%s%d", i ? "," : "", m->nodes[i].number);
	return len + snprintf(buf + len, PAGE_LEN - (size_t)len, "\n");
}

int node_text(const struct model *m, struct node n, char buf[static PAGE_LEN])
{
	if (!node_mode(m, n))
		return -ENODEV;
	if (n.kind == NODE_ATTR)
		return attr_text(m, m->devices[n.obj], (enum attr)n.sub, buf);
	if (n.kind == NODE_CHILD)
		return child_text(m->devices[n.obj], (int)n.sub, buf);
	if (n.kind == NODE_GROUP_TYPE)
		return snprintf(buf, PAGE_LEN, "DMA-FQ\n");
	if (n.kind == NODE_NUMA)
		return numa_text(m, n, buf);
	if (n.kind == NODE_MODULE)
		return snprintf(buf, PAGE_LEN, "%s\n", m->denylist_off ? "Y" : "N");
	return -EIO;
}

static void static_path(struct node n, char path[static PATH_LEN])
{
	static const char *const paths[STATIC_COUNT] = {
		[STATIC_ROOT] = "/dev/pretend",
		[STATIC_SYS] = "/sys",
		[STATIC_VFIO] = "/dev/vfio",
		[STATIC_CONTROL] = "/dev/pretend/control",
		[STATIC_LOG] = "/dev/pretend/log",
		[STATIC_STATE] = "/dev/pretend/state",
		[STATIC_BUS] = "/sys/bus",
		[STATIC_PCI] = "/sys/bus/pci",
		[STATIC_PCI_DEVICES] = "/sys/bus/pci/devices",
		[STATIC_PCI_DRIVERS] = "/sys/bus/pci/drivers",
		[STATIC_DRIVERS_PROBE] = "/sys/bus/pci/drivers_probe",
		[STATIC_PCI_RESCAN] = "/sys/bus/pci/rescan",
		[STATIC_DEVICES] = "/sys/devices",
		[STATIC_SYSTEM] = "/sys/devices/system",
		[STATIC_SYSTEM_NODE] = "/sys/devices/system/node",
		[STATIC_KERNEL] = "/sys/kernel",
		[STATIC_GROUPS] = "/sys/kernel/iommu_groups",
		[STATIC_MODULE] = "/sys/module",
		[STATIC_CLASS] = "/sys/class",
		[STATIC_CLASS_NET] = "/sys/class/net",
		[STATIC_CLASS_BLOCK] = "/sys/class/block",
		[STATIC_CLASS_IOMMU] = "/sys/class/iommu",
		[STATIC_CLASS_VFIO] = "/sys/class/vfio-dev",
		[STATIC_VFIO_CONTAINER] = "/dev/vfio/vfio",
	};

	snprintf(path, PATH_LEN, "%s", n.sub < STATIC_COUNT && paths[n.sub] ? paths[n.sub] : "?");
}

static void below_device(const struct model *m, struct node n, char path[static PATH_LEN])
{
	const struct device *dev = m->devices[n.obj];
	char child[PATH_LEN];
	const char *name = "";

	if (n.kind == NODE_ATTR)
		name = attr_names[n.sub];
	else if (n.kind == NODE_DRIVER_LINK)
		name = "driver";
	else if (n.kind == NODE_GROUP_LINK)
		name = "iommu_group";
	else if (n.kind == NODE_SUBSYSTEM_LINK)
		name = "subsystem";
	else if (n.kind == NODE_PHYSFN_LINK)
		name = "physfn";
	else if (n.kind == NODE_VIRTFN_LINK)
		name = "virtfn";
	else if (n.kind == NODE_CHILD) {
		child_path(dev, (int)n.sub, child);
		name = child;
	}
	snprintf(path, PATH_LEN, "/sys/bus/pci/devices/%s%s%.400s", dev->addr, *name ? "/" : "", name);
}

void node_path(const struct model *m, struct node n, char path[static PATH_LEN])
{
	static const char *const files[DRIVER_FILES] = { "bind", "unbind", "new_id", "remove_id", "uevent" };
	const struct group *g = &m->groups[n.obj % MAX_GROUPS];

	switch (n.kind) {
	case NODE_STATIC:
		static_path(n, path);
		return;
	case NODE_ROOT_BUS:
		snprintf(path, PATH_LEN, "/sys/devices/pci%04x:%02x", n.obj >> 8, n.obj & 0xff);
		return;
	case NODE_DRIVER:
		snprintf(path, PATH_LEN, "/sys/bus/pci/drivers/%s", m->drivers[n.obj].name);
		return;
	case NODE_DRIVER_FILE:
		snprintf(path, PATH_LEN, "/sys/bus/pci/drivers/%s/%s", m->drivers[n.obj].name, files[n.sub]);
		return;
	case NODE_BOUND_LINK:
		snprintf(path, PATH_LEN, "/sys/bus/pci/drivers/%s/%s", m->drivers[n.sub].name,
			 m->devices[n.obj]->addr);
		return;
	case NODE_MODULE:
		snprintf(path, PATH_LEN, "/sys/module/%s%s", m->drivers[n.obj].module,
			 n.sub == MODULE_DENYLIST     ? "/parameters/disable_denylist"
			 : n.sub == MODULE_PARAMETERS ? "/parameters"
						      : "");
		return;
	case NODE_GROUP:
	case NODE_GROUP_DEVICES:
	case NODE_GROUP_TYPE:
		snprintf(path, PATH_LEN, "/sys/kernel/iommu_groups/%u%s", n.obj,
			 n.kind == NODE_GROUP		? ""
			 : n.kind == NODE_GROUP_DEVICES ? "/devices"
							: "/type");
		return;
	case NODE_MEMBER_LINK:
		snprintf(path, PATH_LEN, "/sys/kernel/iommu_groups/%d/devices/%s", m->devices[n.obj]->group,
			 m->devices[n.obj]->addr);
		return;
	case NODE_VFIO_GROUP:
		snprintf(path, PATH_LEN, "/dev/vfio/%s%u", g->noiommu ? "noiommu-" : "", n.obj);
		return;
	case NODE_NUMA:
		if (n.sub == NUMA_ONLINE)
			snprintf(path, PATH_LEN, "/sys/devices/system/node/online");
		else
			snprintf(path, PATH_LEN, "/sys/devices/system/node/node%d%s", m->nodes[n.obj].number,
				 n.sub == NUMA_CPULIST ? "/cpulist" : "");
		return;
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
		below_device(m, n, path);
		return;
	}
}
