/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/map_text.h"

#include <stdio.h>

#include "cli/output/map_words.h"
#include "cli/output/state.h"

/* The nodes above one may be so many: a NUMA node, a root bus, a bridge for each bus. */
#define DEPTH_MAX 260

/* What is left of a node: for each node above it, and for itself. */
struct branches {
	const char *line, *gap, *tee, *end;
};

static const struct branches unicode = { "│  ", "   ", "├─ ", "└─ " };
static const struct branches ascii = { "|  ", "   ", "|- ", "`- " };

struct tree {
	const struct host_map *map;
	const struct branches *branches;
	bool goes_on[DEPTH_MAX]; /* of each depth: more nodes follow below the same one */
};

static unsigned level_of(const struct map_node *node)
{
	return node->depth < DEPTH_MAX ? node->depth : DEPTH_MAX - 1;
}

/* True when another node below the same one follows. */
static bool has_next(const struct map *map, size_t index)
{
	const struct map_node *node = &map->nodes[index];

	for (size_t i = index + 1; i < map->count && map->nodes[i].depth >= node->depth; i++) {
		if (map->nodes[i].depth == node->depth)
			return map->nodes[i].node == node->node;
	}
	return false;
}

static enum colour node_colour(const struct host_map *map, const struct map_node *node)
{
	static const enum colour colours[MAP_STATES] = {
		[MAP_FREE] = COLOUR_GOOD,    [MAP_DEGRADED] = COLOUR_WARNING,
		[MAP_HELD] = COLOUR_WARNING, [MAP_QUARANTINED] = COLOUR_BAD,
		[MAP_OUT] = COLOUR_BAD,	     [MAP_UNAVAILABLE] = COLOUR_WARNING,
		[MAP_HOST] = COLOUR_FAINT,   [MAP_UNREGISTERED] = COLOUR_FAINT,
	};

	/* As the other verbs have it. */
	if (node->count == 1 && map->items[node->function].model)
		return verdict_colour(&map->items[node->function].verdict);
	return colours[map_words_main_state(map, node)];
}

static void print_function(const struct host_map *map, const struct map_node *node)
{
	const struct pci_device *device = map->functions[node->function].device;
	enum colour colour = node_colour(map, node);
	char text[MAP_WORDS_LEN], reason[VERDICT_LEN], addr[PCI_ADDR_LEN];

	printf("  %s", map_words_kind(map, node, text));
	if (node->count == 1 && device->group != PCI_NO_GROUP)
		printf("  group %d", device->group);
	printf("  %s%s%s", colour_on(colour), map_words_state(map, node, text), colour_off(colour));
	if (node->count == 1 && map->items[node->function].model &&
	    map->functions[node->function].state > MAP_LEASED) {
		host_map_reason(map, node->function, reason);
		keep_one_line(reason);
		printf(" (%s)", reason);
	}
	if (node->via != MAP_NONE)
		printf("  behind %s", pci_addr_format(&map->functions[node->via].device->addr, addr));
	if (map->functions[node->function].is_marked)
		printf("  <- %s", map_words_mark(map, text));
}

static void print_node(struct tree *tree, size_t index)
{
	const struct map_node *node = &tree->map->map.nodes[index];
	char text[MAP_WORDS_LEN];
	unsigned depth = level_of(node);

	tree->goes_on[depth] = has_next(&tree->map->map, index);
	for (unsigned i = 0; i < depth; i++)
		printf("%s", tree->goes_on[i] ? tree->branches->line : tree->branches->gap);
	printf("%s%s", tree->goes_on[depth] ? tree->branches->tee : tree->branches->end,
	       map_words_name(tree->map, node, text));
	if (node->count)
		print_function(tree->map, node);
	printf("\n");
}

void map_text_print(const struct host_map *map, bool is_ascii)
{
	struct tree tree = { .map = map, .branches = is_ascii ? &ascii : &unicode };
	char text[MAP_WORDS_LEN];

	if (map->map.count == 0)
		print_line("this host has no PCI function that a guest could have");
	for (size_t i = 0; i < map->map.count; i++) {
		if (i == 0 || map->map.nodes[i].node != map->map.nodes[i - 1].node)
			printf("%s\n", map_words_area(map->map.nodes[i].node, text));
		print_node(&tree, i);
	}
	if (map_words_notes(map, text)[0])
		print_line("%s", text);
}

/* ---- for programs ------------------------------------------------------------------------------------ */

struct json_cursor {
	const struct host_map *map;
	size_t next;
};

static struct json_object *next_function(void *context)
{
	struct json_cursor *cursor = context;
	const struct host_map *map = cursor->map;
	const struct map_function *function = &map->functions[cursor->next];
	const struct host_map_item *item = &map->items[cursor->next];
	char reason[VERDICT_LEN], root[MAP_ROOT_LEN];
	struct json_object *object;

	if (cursor->next == map->host.topology.count)
		return NULL;
	object = json_object_new_object();
	json_put_string(object, "kind", map_kind_name(function->device->is_bridge ? MAP_BRIDGE : MAP_DEVICE));
	json_put_device(object, function->device);
	json_put_string(object, "root", map_root_format(function->device, root));
	json_put_string(object, "parent", NULL);
	if (function->parent != MAP_NONE)
		json_put_address(object, "parent", &function->device->parent);
	json_put_string(object, "physical_function", NULL);
	if (function->device->is_virtual)
		json_put_address(object, "physical_function", &function->device->physfn);
	json_put_string(object, "model", item->model ? item->model->name : NULL);
	json_put_string(object, "type", item->model ? item->model->type : NULL);
	json_put_string(object, "state", map_state_name(function->state));
	json_put_string(object, "domain", host_map_holder(map, cursor->next));
	json_put_string(object, "reason", host_map_reason(map, cursor->next, reason));
	json_put_bool(object, "marked", function->is_marked);
	cursor->next++;
	return object;
}

void map_json_print(const struct host_map *map)
{
	struct json_object *object = json_output_start();
	struct json_cursor cursor = { map, 0 };

	json_put_string(object, "domain", map->domain);
	json_put_string(object, "domain_has", !map->domain[0] ? NULL : map->is_planned ? "would-get" : "has");
	json_put_string(object, "refusal", map->outcome ? map->refusal.msg : NULL);
	json_put_array(object, "functions");
	json_output_print_array(object, "functions", next_function, &cursor);
}
