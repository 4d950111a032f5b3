/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/map/map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* The usual limits: what fits on a screen or a sheet of paper. */
#define BOXES_MAX 120
#define VFS_MAX 4
/* Of functions that an administrator has to look at, so many are boxes of their own. */
#define BAD_MAX 24

/* A root bus; its NUMA node is that of the first function below it. */
struct root {
	uint32_t domain;
	uint8_t bus;
	int node;
	size_t head; /* first item below it, or MAP_NONE */
};

/* A shown function, and what it may be merged with: all leaves that differ in nothing but the function. */
struct leaf {
	size_t function;
	size_t root;   /* index; at MAP_MERGE_NODE that of the first one of its NUMA node */
	size_t anchor; /* the function that it is drawn below, or MAP_NONE */
	size_t pf;     /* its physical function, or MAP_NONE */
	const char *kind;
	size_t alone; /* the function itself, or MAP_NONE for one that may be merged */
};

/* What becomes a node. */
struct item {
	enum map_kind kind;
	size_t function, root, anchor;
	size_t first, count; /* in map.members */
	size_t next;	     /* the next one below the same root or function */
};

struct builder {
	struct map_function *functions;
	size_t count;
	struct map_limits limits;
	struct root *roots;
	size_t root_count;
	size_t *root_of; /* of each function */
	size_t *pf_of;	 /* of each function: its physical function, or MAP_NONE */
	size_t *head;	 /* of each function: the first item below it, or MAP_NONE */
	bool *is_above;	 /* of each function: others are below it */
	bool *is_needed; /* of each function: it leads to one that is shown */
	bool *has_ports; /* of each function: bridges are below it */
	struct leaf *leaves;
	size_t leaf_count;
	size_t bad;
	struct item *items;
	size_t item_count;
	struct map *out;
};

const char *map_kind_name(enum map_kind kind)
{
	return kind == MAP_ROOT ? "HostBridge" : kind == MAP_BRIDGE ? "PCIBridge" : "PCI";
}

int map_node_of(const struct pci_device *device)
{
	return device->place.has_node ? (int)device->place.node : device->numa_node;
}

static void root_bus_of(const struct pci_device *device, uint32_t *domain, uint8_t *bus)
{
	*domain = device->place.is_known ? device->place.root_domain : device->addr.domain;
	*bus = device->place.is_known ? device->place.root_bus : device->addr.bus;
}

char *map_root_format(const struct pci_device *device, char buf[static MAP_ROOT_LEN])
{
	uint32_t domain;
	uint8_t bus;

	root_bus_of(device, &domain, &bus);
	snprintf(buf, MAP_ROOT_LEN, "%04x:%02x", domain, bus);
	return buf;
}

void map_clear(struct map *map)
{
	free(map->nodes);
	free(map->members);
	*map = (struct map){ 0 };
}

/* ---- what is above each function -------------------------------------------------------------------- */

/* Returns the index of the function at @addr, or MAP_NONE. */
static size_t find(const struct builder *b, const struct pci_addr *addr)
{
	size_t low = 0, high = b->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = pci_addr_compare(&b->functions[middle].device->addr, addr);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return MAP_NONE;
}

/* A bus has a higher number than the one that leads to it, so that nothing is above itself. */
static void find_parents(struct builder *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct map_function *function = &b->functions[i];
		const struct pci_device *device = function->device;
		size_t parent = device->has_parent ? find(b, &device->parent) : MAP_NONE;

		function->parent = parent != MAP_NONE && parent < i ? parent : MAP_NONE;
		if (function->parent != MAP_NONE) {
			b->is_above[parent] = true;
			b->has_ports[parent] = b->has_ports[parent] || device->is_bridge;
		}
		b->pf_of[i] = device->is_virtual ? find(b, &device->physfn) : MAP_NONE;
		b->head[i] = MAP_NONE;
	}
}

static int find_roots(struct builder *b, struct error *err)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct pci_device *device = b->functions[i].device;
		struct root root = { .node = map_node_of(device), .head = MAP_NONE };
		size_t k = b->root_count;

		root_bus_of(device, &root.domain, &root.bus);
		while (k > 0 && (b->roots[k - 1].domain != root.domain || b->roots[k - 1].bus != root.bus))
			k--;
		if (k == 0) {
			if (!ARRAY_APPEND(b->roots, b->root_count, root))
				return error_set(err, ENOMEM, "cannot draw %zu functions", b->count);
			k = b->root_count;
		}
		b->root_of[i] = k - 1;
	}
	return 0;
}

/* ---- what is shown, and what of it is merged --------------------------------------------------------- */

/* A member of a group leaves the host with a function that the registry matches, so it is shown, too. */
static bool is_shown(const struct map_function *function)
{
	return function->is_marked || (!function->device->is_bridge && !function->is_part);
}

static void find_leaves(struct builder *b)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct map_function *function = &b->functions[i];

		if (!is_shown(function)) {
			b->out->parts += !function->device->is_bridge;
			continue;
		}
		b->bad += map_state_is_bad(function->state);
		b->out->counts.of[function->state]++;
		b->leaves[b->leaf_count++].function = i;
	}
}

static size_t first_root_of_node(const struct builder *b, int node)
{
	size_t k = 0;

	while (b->roots[k].node != node)
		k++;
	return k;
}

/* Sets what a leaf may be merged with. */
static void prepare_leaf(const struct builder *b, enum map_merge merge, struct leaf *leaf)
{
	size_t i = leaf->function;
	const struct map_function *function = &b->functions[i];
	bool is_alone = function->is_marked || (b->bad <= BAD_MAX && map_state_is_bad(function->state)) ||
			(merge <= MAP_MERGE_SIBLINGS && b->is_above[i]);

	leaf->root = b->root_of[i];
	leaf->anchor = function->parent;
	leaf->pf = b->pf_of[i];
	leaf->kind = function->kind;
	if (merge == MAP_MERGE_VFS) {
		is_alone = is_alone || leaf->pf == MAP_NONE;
		leaf->kind = "";
	}
	if (merge >= MAP_MERGE_ROOT) {
		leaf->anchor = MAP_NONE;
		leaf->pf = MAP_NONE;
	}
	if (merge == MAP_MERGE_NODE)
		leaf->root = first_root_of_node(b, b->roots[leaf->root].node);
	leaf->alone = is_alone ? i : MAP_NONE;
}

static int compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Orders by what leaves may be merged by. */
static int compare_likeness(const struct leaf *a, const struct leaf *b)
{
	int order = compare_sizes(a->root, b->root);

	if (order == 0)
		order = compare_sizes(a->anchor, b->anchor);
	if (order == 0)
		order = compare_sizes(a->alone, b->alone);
	if (order == 0)
		order = compare_sizes(a->pf, b->pf);
	return order ? order : strcmp(a->kind, b->kind);
}

static int compare_leaves(const void *a, const void *b)
{
	const struct leaf *left = a, *right = b;
	int order = compare_likeness(left, right);

	return order ? order : compare_sizes(left->function, right->function);
}

/* Returns how many leaves from @first on are alike. */
static size_t run_length(const struct builder *b, size_t first)
{
	size_t end = first + 1;

	while (end < b->leaf_count && compare_likeness(&b->leaves[first], &b->leaves[end]) == 0)
		end++;
	return end - first;
}

/* Returns how many functions that are alike are not merged. */
static size_t spared(const struct builder *b, enum map_merge merge)
{
	return merge == MAP_MERGE_VFS ? b->limits.vfs : merge == MAP_MERGE_SIBLINGS ? 2 : 1;
}

/* Orders the leaves so that those to be merged are together. Returns the number of boxes. */
static size_t try_merge(struct builder *b, enum map_merge merge)
{
	size_t boxes = 0, len;

	for (size_t i = 0; i < b->leaf_count; i++)
		prepare_leaf(b, merge, &b->leaves[i]);
	if (b->leaf_count)
		qsort(b->leaves, b->leaf_count, sizeof(*b->leaves), compare_leaves);
	for (size_t i = 0; i < b->leaf_count; i += len) {
		len = run_length(b, i);
		boxes += len > spared(b, merge) ? 1 : len;
	}
	return boxes;
}

/* ---- items, and which is below which ----------------------------------------------------------------- */

static bool add_item(struct builder *b, size_t first, size_t count)
{
	const struct leaf *leaf = &b->leaves[first];
	struct item item = { .kind = count == 1		    ? MAP_DEVICE
				     : leaf->pf != MAP_NONE ? MAP_VFS
							    : MAP_MANY,
			     .function = leaf->function,
			     .root = leaf->root,
			     .anchor = leaf->anchor,
			     .first = first,
			     .count = count,
			     .next = MAP_NONE };

	for (size_t above = leaf->anchor; above != MAP_NONE; above = b->functions[above].parent)
		b->is_needed[above] = true;
	return ARRAY_APPEND(b->items, b->item_count, item);
}

static bool add_boxes(struct builder *b)
{
	size_t len;

	for (size_t i = 0; i < b->leaf_count; i += len) {
		len = run_length(b, i);
		if (len > spared(b, b->out->merge)) {
			if (!add_item(b, i, len))
				return false;
			continue;
		}
		for (size_t k = i; k < i + len; k++) {
			if (!add_item(b, k, 1))
				return false;
		}
	}
	return true;
}

/* One that is itself a box, such as a volume management device, is not added again. */
static bool add_bridges(struct builder *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct item item = { .kind = MAP_BRIDGE,
				     .function = i,
				     .root = b->root_of[i],
				     .anchor = b->functions[i].parent,
				     .next = MAP_NONE };

		if (b->is_needed[i] && !is_shown(&b->functions[i]) &&
		    !ARRAY_APPEND(b->items, b->item_count, item))
			return false;
	}
	return true;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *left = a, *right = b;

	return compare_sizes(left->function, right->function);
}

/* The last one first, so that each list is in the order of addresses. */
static void link_items(struct builder *b)
{
	if (b->item_count)
		qsort(b->items, b->item_count, sizeof(*b->items), compare_items);
	for (size_t i = b->item_count; i-- > 0;) {
		struct item *item = &b->items[i];
		size_t *head = item->anchor == MAP_NONE ? &b->roots[item->root].head : &b->head[item->anchor];

		item->next = *head;
		*head = i;
	}
}

/* ---- nodes ------------------------------------------------------------------------------------------- */

static struct map_node *add_node(struct builder *b, size_t parent)
{
	struct map *map = b->out;
	unsigned depth = parent == MAP_NONE ? 0 : map->nodes[parent].depth + 1;
	int node = parent == MAP_NONE ? PCI_NO_NODE : map->nodes[parent].node;
	struct map_node *added = ARRAY_ADD(map->nodes, map->count);

	if (added)
		*added = (struct map_node){ .parent = parent, .depth = depth, .via = MAP_NONE, .node = node };
	return added;
}

static void count_item(const struct builder *b, const struct item *item, struct map_node *node)
{
	for (size_t i = 0; i < item->count; i++)
		node->counts.of[b->functions[b->out->members[item->first + i]].state]++;
}

/* The recursion is as deep as bridges are nested: find_parents() lets it be no deeper than there are buses.
 */
static bool add_items(struct builder *b, size_t head, size_t parent, size_t via)
{
	for (size_t i = head; i != MAP_NONE; i = b->items[i].next) {
		const struct item *item = &b->items[i];
		size_t below = item->count > 1 ? MAP_NONE : b->head[item->function];
		struct map_node *node;
		size_t index;

		if (item->kind == MAP_BRIDGE && below != MAP_NONE && b->items[below].next == MAP_NONE) {
			if (!add_items(b, below, parent, item->function))
				return false;
			continue;
		}
		node = add_node(b, parent);
		if (!node)
			return false;
		index = (size_t)(node - b->out->nodes);
		node->kind = item->kind;
		node->function = item->function;
		node->via = via;
		node->first = item->first;
		node->count = item->count;
		node->is_switch =
			b->has_ports[item->function] && b->functions[item->function].parent != MAP_NONE;
		count_item(b, item, node);
		if (!add_items(b, below, index, MAP_NONE))
			return false;
	}
	return true;
}

static bool add_root(struct builder *b, const struct root *root)
{
	struct map_node *node = root->head == MAP_NONE ? NULL : add_node(b, MAP_NONE);

	if (root->head == MAP_NONE)
		return true;
	if (!node)
		return false;
	node->kind = MAP_ROOT;
	node->function = b->items[root->head].function;
	node->node = root->node;
	node->is_all = b->out->merge == MAP_MERGE_NODE;
	return add_items(b, root->head, b->out->count - 1, MAP_NONE);
}

/* By NUMA node, those of an unknown one last, then by address. */
static int compare_roots(const void *a, const void *b)
{
	const struct root *left = a, *right = b;
	unsigned from = (unsigned)left->node, to = (unsigned)right->node;

	if (from != to)
		return (from > to) - (from < to);
	if (left->domain != right->domain)
		return (left->domain > right->domain) - (left->domain < right->domain);
	return (left->bus > right->bus) - (left->bus < right->bus);
}

/* The roots have all that refers to them: from here on their order may change. */
static bool add_roots(struct builder *b)
{
	size_t drawn = 0, bridges = 0;

	if (b->root_count)
		qsort(b->roots, b->root_count, sizeof(*b->roots), compare_roots);
	for (size_t i = 0; i < b->root_count; i++) {
		if (!add_root(b, &b->roots[i]))
			return false;
	}
	for (size_t i = 0, root = 0; i < b->out->count; i++) {
		const struct map_node *node = &b->out->nodes[i];

		root = node->kind == MAP_ROOT ? i : root;
		drawn += node->kind == MAP_BRIDGE;
		for (size_t state = 0; node->kind != MAP_ROOT && state < MAP_STATES; state++)
			b->out->nodes[root].counts.of[state] += node->counts.of[state];
	}
	for (size_t i = 0; i < b->count; i++)
		bridges += b->functions[i].device->is_bridge;
	b->out->bridges = bridges > drawn ? bridges - drawn : 0;
	return true;
}

/* ---- all together ------------------------------------------------------------------------------------ */

static bool allocate(struct builder *b)
{
	size_t n = b->count + 1;

	b->root_of = calloc(n, sizeof(*b->root_of));
	b->pf_of = calloc(n, sizeof(*b->pf_of));
	b->head = calloc(n, sizeof(*b->head));
	b->is_above = calloc(n, sizeof(*b->is_above));
	b->is_needed = calloc(n, sizeof(*b->is_needed));
	b->has_ports = calloc(n, sizeof(*b->has_ports));
	b->leaves = calloc(n, sizeof(*b->leaves));
	b->out->members = calloc(n, sizeof(*b->out->members));
	return b->root_of && b->pf_of && b->head && b->is_above && b->is_needed && b->has_ports &&
	       b->leaves && b->out->members;
}

static void builder_clear(struct builder *b)
{
	free(b->roots);
	free(b->root_of);
	free(b->pf_of);
	free(b->head);
	free(b->is_above);
	free(b->is_needed);
	free(b->has_ports);
	free(b->leaves);
	free(b->items);
}

static bool build(struct builder *b)
{
	struct map *map = b->out;

	find_leaves(b);
	map->merge = MAP_MERGE_VFS;
	while (try_merge(b, map->merge) > b->limits.boxes && map->merge + 1 < MAP_MERGES)
		map->merge++;
	map->member_count = b->leaf_count;
	for (size_t i = 0; i < b->leaf_count; i++)
		map->members[i] = b->leaves[i].function;
	if (!add_boxes(b) || !add_bridges(b))
		return false;
	link_items(b);
	return add_roots(b);
}

int map_build(struct map_function *functions, size_t count, const struct map_limits *limits, struct map *out,
	      struct error *err)
{
	CLEANUP(builder_clear)
	struct builder b = { .functions = functions, .count = count, .limits = *limits, .out = out };

	*out = (struct map){ 0 };
	if (!b.limits.boxes)
		b.limits.boxes = BOXES_MAX;
	if (!b.limits.vfs)
		b.limits.vfs = VFS_MAX;
	if (!allocate(&b))
		return error_set(err, ENOMEM, "cannot draw %zu functions", count);
	find_parents(&b);
	if (find_roots(&b, err) < 0)
		return -1;
	return build(&b) ? 0 : error_set(err, ENOMEM, "cannot draw %zu functions", count);
}
