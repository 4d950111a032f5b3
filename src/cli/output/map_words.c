/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/map_words.h"

#include <stdio.h>

static const struct map_function *function_of(const struct host_map *map, const struct map_node *node)
{
	return &map->functions[node->function];
}

char *map_words_area(int node, char buf[static MAP_WORDS_LEN])
{
	snprintf(buf, MAP_WORDS_LEN, "no NUMA node");
	if (node != PCI_NO_NODE)
		snprintf(buf, MAP_WORDS_LEN, "NUMANode P#%d", node);
	return buf;
}

char *map_words_name(const struct host_map *map, const struct map_node *node, char buf[static MAP_WORDS_LEN])
{
	const struct pci_device *device = function_of(map, node)->device;
	char addr[PCI_ADDR_LEN], root[MAP_ROOT_LEN];

	buf[0] = '\0';
	pci_addr_format(&device->addr, addr);
	switch (node->kind) {
	case MAP_ROOT:
		text_append(buf, MAP_WORDS_LEN, "%s %s", map_kind_name(node->kind),
			    node->is_all ? "(all)" : map_root_format(device, root));
		break;
	case MAP_VFS:
		text_append(buf, MAP_WORDS_LEN, "%zu virtual functions of %s", node->count,
			    pci_addr_format(&device->physfn, addr));
		break;
	case MAP_MANY:
		text_append(buf, MAP_WORDS_LEN, "%zu functions from %s on", node->count, addr);
		break;
	case MAP_BRIDGE:
		text_append(buf, MAP_WORDS_LEN, "%s %s%s", map_kind_name(node->kind), addr,
			    node->is_switch ? " (switch)" : "");
		break;
	case MAP_DEVICE:
		text_append(buf, MAP_WORDS_LEN, "%s %s", map_kind_name(node->kind), addr);
		break;
	}
	return buf;
}

char *map_words_kind(const struct host_map *map, const struct map_node *node, char buf[static MAP_WORDS_LEN])
{
	char text[HOST_MAP_TEXT_LEN];
	bool is_model = map->items[node->function].model;

	buf[0] = '\0';
	if (node->kind == MAP_MANY && !is_model)
		text_append(buf, MAP_WORDS_LEN, "%s", function_of(map, node)->kind);
	else if (node->count)
		text_append(buf, MAP_WORDS_LEN, "%s", host_map_describe(map, node->function, text));
	keep_one_line(buf);
	return buf;
}

char *map_words_state(const struct host_map *map, const struct map_node *node, char buf[static MAP_WORDS_LEN])
{
	char counts[MAP_COUNTS_LEN];
	const char *holder = host_map_holder(map, node->function);

	buf[0] = '\0';
	if (node->count > 1)
		text_append(buf, MAP_WORDS_LEN, "%s", map_counts_format(&node->counts, counts));
	else if (node->count)
		text_append(buf, MAP_WORDS_LEN, "%s%s%s", map_state_name(function_of(map, node)->state),
			    holder[0] ? ": " : "", holder);
	keep_one_line(buf);
	return buf;
}

enum map_state map_words_main_state(const struct host_map *map, const struct map_node *node)
{
	return node->count > 1 ? map_counts_most(&node->counts) : function_of(map, node)->state;
}

char *map_words_mark(const struct host_map *map, char buf[static MAP_WORDS_LEN])
{
	buf[0] = '\0';
	if (map->domain[0])
		text_append(buf, MAP_WORDS_LEN, "%s %s", map->domain,
			    map->is_planned ? "would get it" : "has it");
	keep_one_line(buf);
	return buf;
}

static void append_device(const struct host_map *map, const struct map_node *node, char *buf)
{
	const struct map_function *function = function_of(map, node);
	const struct pci_device *device = function->device;
	char reason[VERDICT_LEN], addr[PCI_ADDR_LEN], mark[MAP_WORDS_LEN];

	if (host_map_reason(map, node->function, reason)[0])
		text_append(buf, MAP_WORDS_LEN, " (%s)", reason);
	if (function->is_marked)
		text_append(buf, MAP_WORDS_LEN, "; %s", map_words_mark(map, mark));
	if (device->group != PCI_NO_GROUP)
		text_append(buf, MAP_WORDS_LEN, "; IOMMU group %d", device->group);
	if (device->driver[0])
		text_append(buf, MAP_WORDS_LEN, "; driver %s", device->driver);
	if (device->is_virtual)
		text_append(buf, MAP_WORDS_LEN, "; virtual function of %s",
			    pci_addr_format(&device->physfn, addr));
	if (device->has_parent)
		text_append(buf, MAP_WORDS_LEN, "; behind %s", pci_addr_format(&device->parent, addr));
}

char *map_words_all(const struct host_map *map, const struct map_node *node, char buf[static MAP_WORDS_LEN])
{
	char text[MAP_WORDS_LEN];

	map_words_name(map, node, buf);
	if (map_words_kind(map, node, text)[0])
		text_append(buf, MAP_WORDS_LEN, ": %s", text);
	if (map_words_state(map, node, text)[0])
		text_append(buf, MAP_WORDS_LEN, ", %s", text);
	if (node->kind == MAP_DEVICE)
		append_device(map, node, buf);
	keep_one_line(buf);
	return buf;
}

char *map_words_notes(const struct host_map *map, char buf[static MAP_WORDS_LEN])
{
	static const char *const merges[MAP_MERGES] = {
		[MAP_MERGE_VFS] = "one box for the virtual functions of a physical function",
		[MAP_MERGE_SIBLINGS] = "one box for what is alike below one bridge",
		[MAP_MERGE_ROOT] = "one box for what is alike below one HostBridge",
		[MAP_MERGE_NODE] = "one box for what is alike on one NUMA node",
	};
	size_t merged = 0;

	for (size_t i = 0; i < map->map.count; i++)
		merged += map->map.nodes[i].count > 1 ? map->map.nodes[i].count : 0;
	buf[0] = '\0';
	if (merged)
		text_append(buf, MAP_WORDS_LEN, "%s (%zu functions)", merges[map->map.merge], merged);
	if (map->map.bridges)
		text_append(buf, MAP_WORDS_LEN, "%snot shown: %zu bridge%s with one thing below %s, or none",
			    buf[0] ? "; " : "", map->map.bridges, map->map.bridges == 1 ? "" : "s",
			    map->map.bridges == 1 ? "it" : "them");
	if (map->map.parts)
		text_append(buf, MAP_WORDS_LEN, "%s%zu function%s of the machine",
			    map->map.bridges ? ", and "
			    : buf[0]	     ? "; not shown: "
					     : "not shown: ",
			    map->map.parts, map->map.parts == 1 ? "" : "s");
	return buf;
}
