/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/map/map.c model/map/layout.c model/map/state.c model/allocate/verdict_text.c model/lease/cleaning.c model/pci/address.c model/pci/setting.c base/error.c base/text.c */
#include "base/cleanup.h"
#include "model/map/layout.h"
#include "test.h"

#define HOST_MAX 4096

/* A host that a test describes function by function, in the order of addresses. */
static struct pci_device devices[HOST_MAX];
static struct map_function functions[HOST_MAX];
static size_t count;

static void new_host(void)
{
	memset(devices, 0, sizeof(devices));
	memset(functions, 0, sizeof(functions));
	count = 0;
}

/* Adds a function; @under: "" on the root bus "0000:00" or of its own domain. Returns it. */
static struct map_function *add(const char *address, const char *under, const char *kind, int group)
{
	struct pci_device *device = &devices[count];
	struct map_function *function = &functions[count++];

	CHECK(count < HOST_MAX && pci_addr_parse(address, &device->addr) == 0);
	device->has_parent = under[0] && pci_addr_parse(under, &device->parent) == 0;
	device->is_bridge = strcmp(kind, "bridge") == 0;
	device->group = group;
	device->numa_node = PCI_NO_NODE;
	device->place.is_known = true;
	device->place.root_domain = device->addr.domain;
	*function = (struct map_function){ .device = device, .kind = kind, .state = MAP_FREE };
	return function;
}

static void on_node(struct map_function *function, int node)
{
	struct pci_device *device = &devices[function - functions];

	device->place.has_node = true;
	device->place.node = (uint16_t)node;
}

/* Writes the map: depth, kind and function of each node. */
static char *drawn(const struct map *map)
{
	static char text[8192];

	text[0] = '\0';
	for (size_t i = 0; i < map->count; i++) {
		const struct map_node *node = &map->nodes[i];
		char addr[PCI_ADDR_LEN], root[MAP_ROOT_LEN];
		const struct pci_device *device = functions[node->function].device;

		text_append(text, sizeof(text), "%s%u:", i ? " " : "", node->depth);
		if (node->kind == MAP_ROOT)
			text_append(text, sizeof(text), "root=%s", map_root_format(device, root));
		else if (node->count > 1)
			text_append(text, sizeof(text), "%zu*%s", node->count,
				    pci_addr_format(&device->addr, addr));
		else
			text_append(text, sizeof(text), "%s%s", node->kind == MAP_BRIDGE ? "bridge=" : "",
				    pci_addr_format(&device->addr, addr) + strlen("0000:"));
	}
	return text;
}

static const struct map_limits usual;

static void check_map(const struct map_limits *limits, const char *expected)
{
	struct map map;
	struct error err;

	CHECK(map_build(functions, count, limits, &map, &err) == 0);
	CHECK_STR(drawn(&map), expected);
	map_clear(&map);
}

static void test_a_bridge_with_one_function_below_it_is_merged_into_that(void)
{
	struct map map;
	struct error err;

	new_host();
	add("0000:00:01.0", "", "bridge", 1);
	add("0000:01:00.0", "0000:00:01.0", "npu", 10);
	CHECK(map_build(functions, count, &usual, &map, &err) == 0);
	CHECK_STR(drawn(&map), "0:root=0000:00 1:01:00.0");
	CHECK(map.nodes[1].via == 0 && map.bridges == 1);
	map_clear(&map);
}

static void test_a_switch_is_shown_and_its_ports_are_merged(void)
{
	struct map map;
	struct error err;

	new_host();
	add("0000:00:01.0", "", "bridge", 1);
	add("0000:01:00.0", "0000:00:01.0", "bridge", 2);
	add("0000:02:00.0", "0000:01:00.0", "bridge", 3);
	add("0000:02:01.0", "0000:01:00.0", "bridge", 4);
	add("0000:03:00.0", "0000:02:00.0", "npu", 5);
	add("0000:04:00.0", "0000:02:01.0", "npu", 6);
	CHECK(map_build(functions, count, &usual, &map, &err) == 0);
	CHECK_STR(drawn(&map), "0:root=0000:00 1:bridge=01:00.0 2:03:00.0 2:04:00.0");
	CHECK(map.nodes[1].is_switch);
	map_clear(&map);
}

static void test_parts_of_the_machine_and_bridges_without_functions_are_left_out(void)
{
	new_host();
	add("0000:00:00.0", "", "device", 0)->is_part = true;
	add("0000:00:01.0", "", "bridge", 1);
	add("0000:00:02.0", "", "npu", 2);
	check_map(&usual, "0:root=0000:00 1:00:02.0");
}

static void test_a_marked_function_is_shown_whatever_it_is(void)
{
	new_host();
	add("0000:00:00.0", "", "device", 0)->is_part = true;
	functions[0].is_marked = true;
	check_map(&usual, "0:root=0000:00 1:00:00.0");
}

static void test_numa_nodes_are_in_order_and_an_unknown_one_is_last(void)
{
	new_host();
	add("0000:00:02.0", "", "npu", 1);
	on_node(add("0001:00:02.0", "", "npu", 2), 1);
	on_node(add("0002:00:02.0", "", "npu", 3), 0);
	check_map(&usual, "0:root=0002:00 1:00:02.0 0:root=0001:00 1:00:02.0 0:root=0000:00 1:00:02.0");
}

/* A physical function with so many virtual ones behind a port. */
static void card_with_vfs(unsigned vfs)
{
	char address[32];

	new_host();
	add("0000:00:01.0", "", "bridge", 1);
	add("0000:01:00.0", "0000:00:01.0", "nic", 10);
	for (unsigned i = 1; i <= vfs; i++) {
		snprintf(address, sizeof(address), "0000:01:%02x.%x", i / 8, i % 8);
		add(address, "0000:00:01.0", "vf", 10 + (int)i);
		devices[count - 1].is_virtual = true;
		devices[count - 1].physfn = devices[1].addr;
	}
}

static void test_four_virtual_functions_are_shown_and_more_are_one(void)
{
	card_with_vfs(4);
	check_map(&usual,
		  "0:root=0000:00 1:bridge=00:01.0 2:01:00.0 2:01:00.1 2:01:00.2 2:01:00.3 2:01:00.4");
	card_with_vfs(5);
	check_map(&usual, "0:root=0000:00 1:bridge=00:01.0 2:01:00.0 2:5*0000:01:00.1");
}

static void test_a_marked_or_bad_virtual_function_is_not_merged(void)
{
	card_with_vfs(7);
	functions[2].state = MAP_QUARANTINED;
	functions[3].is_marked = true;
	check_map(&usual, "0:root=0000:00 1:bridge=00:01.0 2:01:00.0 2:01:00.1 2:01:00.2 2:5*0000:01:00.3");
}

static void test_the_members_and_states_of_what_is_merged_are_known(void)
{
	struct map map;
	struct error err;
	char text[MAP_COUNTS_LEN];

	card_with_vfs(6);
	functions[4].state = MAP_LEASED;
	CHECK(map_build(functions, count, &usual, &map, &err) == 0);
	CHECK(map.count == 4 && map.nodes[3].kind == MAP_VFS && map.nodes[3].count == 6);
	for (size_t i = 0; i < 6; i++)
		CHECK(map.members[map.nodes[3].first + i] == 2 + i);
	CHECK_STR(map_counts_format(&map.nodes[3].counts, text), "5 free, 1 leased");
	CHECK_STR(map_counts_format(&map.nodes[0].counts, text), "6 free, 1 leased");
	map_clear(&map);
}

/* Twelve npus and a nic, each behind a port of its own, on two NUMA nodes. */
static void many_ports(void)
{
	char port[32], address[32];

	new_host();
	for (unsigned domain = 0; domain < 2; domain++) {
		for (unsigned i = 1; i <= 7; i++) {
			snprintf(port, sizeof(port), "%04x:00:%02x.0", domain, i);
			on_node(add(port, "", "bridge", 100 + (int)i), (int)domain);
		}
		for (unsigned i = 1; i <= 7; i++) {
			snprintf(port, sizeof(port), "%04x:00:%02x.0", domain, i);
			snprintf(address, sizeof(address), "%04x:%02x:00.0", domain, i);
			on_node(add(address, port, i == 7 ? "nic" : "npu", (int)i), (int)domain);
		}
	}
}

static void test_with_too_many_boxes_what_is_alike_is_merged_by_root_bus_and_then_by_node(void)
{
	const struct map_limits four = { .boxes = 4 };

	many_ports();
	check_map(&four,
		  "0:root=0000:00 1:6*0000:01:00.0 1:07:00.0 0:root=0001:00 1:6*0001:01:00.0 1:07:00.0");
	/* Another root bus on the first node. */
	on_node(add("0002:00:01.0", "", "npu", 50), 0);
	check_map(&four,
		  "0:root=0000:00 1:7*0000:01:00.0 1:07:00.0 0:root=0001:00 1:6*0001:01:00.0 1:07:00.0");
}

static void test_a_function_is_never_above_itself(void)
{
	new_host();
	add("0000:00:01.0", "0000:00:02.0", "bridge", 1);
	add("0000:00:02.0", "0000:00:01.0", "bridge", 2);
	add("0000:01:00.0", "0000:00:02.0", "npu", 3);
	check_map(&usual, "0:root=0000:00 1:01:00.0");
}

static void test_a_host_without_functions_has_an_empty_map(void)
{
	struct map_layout layout;
	struct error err;
	struct map map;

	new_host();
	CHECK(map_build(functions, 0, &usual, &map, &err) == 0);
	CHECK(map.count == 0);
	CHECK(map_layout_make(&map, functions, 40, &layout, &err) == 0);
	CHECK(layout.area_count == 0 && layout.height == 40 && layout.width > 0);
	map_layout_clear(&layout);
	map_clear(&map);
}

static void test_each_state_has_its_own_word_and_those_of_the_registry_are_known_again(void)
{
	for (int i = 0; i < MAP_STATES; i++) {
		for (int k = i + 1; k < MAP_STATES; k++)
			CHECK(strcmp(map_state_name((enum map_state)i), map_state_name((enum map_state)k)) !=
			      0);
		CHECK(!strchr(map_state_class((enum map_state)i), ' '));
	}
	for (int i = 0; i < AVAILABILITY_COUNT; i++)
		CHECK_STR(map_state_name(map_state_of((enum availability)i)), verdict_rows[i].state);
}

int main(void)
{
	RUN(test_a_bridge_with_one_function_below_it_is_merged_into_that);
	RUN(test_a_switch_is_shown_and_its_ports_are_merged);
	RUN(test_parts_of_the_machine_and_bridges_without_functions_are_left_out);
	RUN(test_a_marked_function_is_shown_whatever_it_is);
	RUN(test_numa_nodes_are_in_order_and_an_unknown_one_is_last);
	RUN(test_four_virtual_functions_are_shown_and_more_are_one);
	RUN(test_a_marked_or_bad_virtual_function_is_not_merged);
	RUN(test_the_members_and_states_of_what_is_merged_are_known);
	RUN(test_with_too_many_boxes_what_is_alike_is_merged_by_root_bus_and_then_by_node);
	RUN(test_a_function_is_never_above_itself);
	RUN(test_a_host_without_functions_has_an_empty_map);
	RUN(test_each_state_has_its_own_word_and_those_of_the_registry_are_known_again);
	return 0;
}
