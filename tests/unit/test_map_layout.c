/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/map/layout.c model/map/map.c model/map/state.c model/allocate/verdict_text.c model/lease/cleaning.c model/pci/address.c model/pci/setting.c base/error.c base/text.c */
#include "base/cleanup.h"
#include "model/map/layout.h"
#include "test.h"

#define FUNCTIONS_MAX 600

static struct pci_device devices[FUNCTIONS_MAX];
static struct map_function functions[FUNCTIONS_MAX];

/* A number that looks random, the same in each run. */
static unsigned next_number(unsigned below)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % below;
}

/* A host of @buses buses below each other in a random tree, with up to 8 functions each, in random groups. */
static size_t random_host(unsigned buses)
{
	struct pci_addr bridges[64];
	size_t count = 0, bridge_count = 0;

	memset(devices, 0, sizeof(devices));
	memset(functions, 0, sizeof(functions));
	for (unsigned bus = 0; bus < buses; bus++) {
		unsigned slots = 1 + next_number(8), above = bus ? next_number(bus) : 0;

		for (unsigned slot = 0; slot < slots && count < FUNCTIONS_MAX; slot++) {
			struct pci_device *device = &devices[count];

			device->addr = (struct pci_addr){ 0, (uint8_t)bus, (uint8_t)slot, 0 };
			device->is_bridge = slot == 0 && bus + 1 < buses;
			device->has_parent = bus > 0;
			device->parent = bus > 0 ? bridges[above] : device->addr;
			device->group = (int)next_number(buses * 4);
			device->place.is_known = true;
			device->place.has_node = true;
			if (device->is_bridge)
				bridges[bridge_count++] = device->addr;
			functions[count] =
				(struct map_function){ .device = device,
						       .kind = next_number(2) ? "a" : "b",
						       .state = (enum map_state)next_number(MAP_STATES) };
			count++;
		}
	}
	return count;
}

static bool overlap(const struct map_box *a, const struct map_box *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

static bool contains(const struct map_box *outer, const struct map_box *inner)
{
	return outer->x <= inner->x && outer->y <= inner->y &&
	       inner->x + inner->width <= outer->x + outer->width &&
	       inner->y + inner->height <= outer->y + outer->height;
}

static const struct map_outline *outline_of(const struct map_layout *layout, int group)
{
	for (size_t i = 0; i < layout->outline_count; i++) {
		if (layout->outlines[i].group == group)
			return &layout->outlines[i];
	}
	return NULL;
}

/* In one part of the outline. */
static bool is_inside(const struct map_layout *layout, const struct map_outline *outline,
		      const struct map_box *box)
{
	for (size_t i = 0; outline && i < outline->count; i++) {
		if (contains(&layout->parts[outline->first + i], box))
			return true;
	}
	return false;
}

static void check_boxes(const struct map *map, const struct map_layout *layout)
{
	for (size_t a = 0; a < layout->area_count; a++) {
		const struct map_area *area = &layout->areas[a];

		for (size_t i = area->first; i < area->first + area->count; i++)
			CHECK(contains(&area->box, &layout->boxes[i]));
		for (size_t b = a + 1; b < layout->area_count; b++)
			CHECK(!overlap(&area->box, &layout->areas[b].box));
		CHECK(area->box.x + area->box.width <= layout->width);
		CHECK(area->box.y + area->box.height <= layout->height);
	}
	for (size_t i = 0; i < map->count; i++) {
		for (size_t k = i + 1; k < map->count; k++)
			CHECK(!overlap(&layout->boxes[i], &layout->boxes[k]));
	}
}

/* Each device is in the outline of its group, and in no other one. */
static void check_outlines(const struct map *map, const struct map_layout *layout)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct map_node *node = &map->nodes[i];

		if (node->kind != MAP_DEVICE)
			continue;
		CHECK(is_inside(layout, outline_of(layout, functions[node->function].device->group),
				&layout->boxes[i]));
		for (size_t k = 0; k < layout->outline_count; k++)
			CHECK(layout->outlines[k].group == functions[node->function].device->group ||
			      !is_inside(layout, &layout->outlines[k], &layout->boxes[i]));
	}
}

static void test_on_random_hosts_boxes_do_not_overlap_and_outlines_have_their_members(void)
{
	for (unsigned round = 0; round < 200; round++) {
		const struct map_limits limits = { .boxes = 1 + next_number(200) };
		size_t count = random_host(1 + next_number(40)), shown = 0;
		struct map_layout layout;
		struct map map;
		struct error err;

		CHECK(map_build(functions, count, &limits, &map, &err) == 0);
		CHECK(map_layout_make(&map, functions, 50, &layout, &err) == 0);
		check_boxes(&map, &layout);
		check_outlines(&map, &layout);
		for (size_t i = 0; i < map.count; i++)
			shown += map.nodes[i].count;
		CHECK(shown == map.member_count);
		map_layout_clear(&layout);
		map_clear(&map);
	}
}

int main(void)
{
	RUN(test_on_random_hosts_boxes_do_not_overlap_and_outlines_have_their_members);
	return 0;
}
