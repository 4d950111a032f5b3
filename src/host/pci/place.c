/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/place.h"

#include <limits.h>
#include <stdio.h>

#define NODES "devices/system/node"

/* A list of 8192 processors, each on its own. */
#define LIST_LEN 40960

static int read_set(const struct sysfs *sysfs, const char *path, size_t limit, struct number_set *out,
		    struct error *err)
{
	char text[LIST_LEN];
	int rc = sysfs_read(sysfs, path, text, sizeof(text), err);

	*out = (struct number_set){ { 0 } };
	/* A node may have no processors. */
	if (rc != 0 || text[0] == '\0')
		return rc;
	if (number_set_parse(text, limit, out) != 0)
		return error_set(err, 0, "%s of sysfs is not a list of numbers: \"%.64s\"", path, text);
	return 0;
}

int numa_read_online(const struct sysfs *sysfs, struct number_set *out, struct error *err)
{
	int rc = read_set(sysfs, NODES "/online", NUMA_NODES_MAX, out, err);

	if (rc == SYSFS_ABSENT)
		number_set_add(out, 0);
	return rc < 0 ? -1 : 0;
}

int numa_read_domain(const struct sysfs *sysfs, const struct number_set *online,
		     const struct pinning *pinning, struct number_set *out, struct error *err)
{
	struct number_set cpus, nodes = { { 0 } }, here;
	char path[SYSFS_PATH_LEN];

	for (size_t node = 0; pinning_cpus(pinning, &cpus) && node < NUMA_NODES_MAX; node++) {
		if (!number_set_has(online, node))
			continue;
		snprintf(path, sizeof(path), NODES "/node%zu/cpulist", node);
		if (read_set(sysfs, path, NUMBER_SET_MAX, &here, err) < 0)
			return -1;
		if (number_set_intersects(&here, &cpus))
			number_set_add(&nodes, node);
	}
	if (!pinning_nodes(pinning, &nodes, out))
		*out = (struct number_set){ { 0 } };
	return 0;
}

/* Returns the only node of a host, or PCI_NO_NODE. */
static int only_node(const struct number_set *online)
{
	for (size_t node = 0; number_set_count(online) == 1 && node < NUMA_NODES_MAX; node++) {
		if (number_set_has(online, node))
			return (int)node;
	}
	return PCI_NO_NODE;
}

static int read_node(const struct sysfs *sysfs, const struct number_set *online, struct pci_device *device,
		     struct error *err)
{
	char path[SYSFS_PATH_LEN];
	long node = -1;
	int rc = sysfs_read_number(sysfs, sysfs_device_path(&device->addr, "numa_node", path), &node, err);

	if (rc < 0)
		return -1;
	device->numa_node = rc == 0 && node >= 0 && node < NUMA_NODES_MAX ? (int)node : PCI_NO_NODE;
	node = device->numa_node == PCI_NO_NODE ? only_node(online) : device->numa_node;
	device->place.has_node = node >= 0;
	device->place.node = (uint16_t)(node >= 0 ? node : 0);
	return 0;
}

int pci_place_read(const struct sysfs *sysfs, const struct number_set *online, struct pci_device *device,
		   struct error *err)
{
	char path[SYSFS_PATH_LEN], target[PATH_MAX] = "";
	int rc = sysfs_read_link(sysfs, sysfs_device_path(&device->addr, NULL, path), target, sizeof(target),
				 err);

	if (rc < 0)
		return -1;
	pci_place_parse(rc == 0 ? target : "", &device->addr, device->is_virtual ? &device->physfn : NULL,
			&device->place);
	return read_node(sysfs, online, device, err);
}

int pci_places_read(const struct sysfs *sysfs, const struct number_set *online, struct topology *topology,
		    struct error *err)
{
	for (size_t i = 0; i < topology->count; i++) {
		if (pci_place_read(sysfs, online, &topology->devices[i], err) < 0)
			return -1;
	}
	return 0;
}
