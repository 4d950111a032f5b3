/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/map/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define MARGIN 12
#define PAD 16
/* Between two columns, where connections are. */
#define COLUMN_GAP 26
#define INNER_WIDTH 114
#define DEVICE_WIDTH 310
#define BOX_HEIGHT 40
#define ROW_HEIGHT 56
/* To the right of devices, for the name of the group. */
#define LABEL_WIDTH 84
/* How far an outline is from its members. */
#define OUTLINE_GAP 5
/* A drawing that would be higher has two columns of areas. */
#define HEIGHT_MAX 1100

struct layout_work {
	const struct map *map;
	const struct map_function *functions;
	struct map_layout *out;
};

void map_layout_clear(struct map_layout *layout)
{
	free(layout->boxes);
	free(layout->areas);
	free(layout->outlines);
	free(layout->parts);
	*layout = (struct map_layout){ 0 };
}

bool map_has_below(const struct map *map, size_t node)
{
	return node + 1 < map->count && map->nodes[node + 1].parent == node;
}

/* ---- areas ------------------------------------------------------------------------------------------- */

static bool find_areas(struct layout_work *work)
{
	const struct map *map = work->map;
	struct map_layout *out = work->out;

	for (size_t i = 0; i < map->count; i++) {
		struct map_area *area = out->area_count ? &out->areas[out->area_count - 1] : NULL;

		if (!area || area->node != map->nodes[i].node)
			area = ARRAY_ADD(out->areas, out->area_count);
		if (!area)
			return false;
		if (area->count++ == 0) {
			area->node = map->nodes[i].node;
			area->first = i;
		}
	}
	return true;
}

/* Where the column of devices begins, which is the same in all areas. */
static int device_column(const struct map *map)
{
	unsigned inner = 0;

	for (size_t i = 0; i < map->count; i++) {
		if (map_has_below(map, i) && map->nodes[i].depth > inner)
			inner = map->nodes[i].depth;
	}
	return PAD + (int)(inner + 1) * (INNER_WIDTH + COLUMN_GAP);
}

/* Sets the size of an area, and where its boxes are in it. */
static void place_boxes(struct layout_work *work, struct map_area *area, int device_x)
{
	struct map_box *boxes = work->out->boxes;
	int y = MAP_AREA_TITLE + PAD / 2;

	for (size_t i = area->first; i < area->first + area->count; i++) {
		bool is_inner = map_has_below(work->map, i);

		boxes[i].x = is_inner ? PAD + (int)work->map->nodes[i].depth * (INNER_WIDTH + COLUMN_GAP)
				      : device_x;
		boxes[i].width = is_inner ? INNER_WIDTH : DEVICE_WIDTH;
		boxes[i].height = BOX_HEIGHT;
		boxes[i].y = y;
		y += is_inner ? 0 : ROW_HEIGHT;
	}
	area->box.width = device_x + DEVICE_WIDTH + LABEL_WIDTH + PAD;
	area->box.height = y + PAD / 2;
}

/* A node is in the middle of the first and the last one directly below it; those are placed before it. */
static void centre_boxes(struct layout_work *work, const struct map_area *area)
{
	struct map_box *boxes = work->out->boxes;

	for (size_t i = area->first + area->count; i-- > area->first;) {
		int first = -1, last = -1;

		for (size_t k = i + 1;
		     k < area->first + area->count && work->map->nodes[k].depth > work->map->nodes[i].depth;
		     k++) {
			if (work->map->nodes[k].parent != i)
				continue;
			first = first < 0 ? boxes[k].y : first;
			last = boxes[k].y;
		}
		if (first >= 0)
			boxes[i].y = (first + last) / 2;
	}
}

/* Areas of one column are equally wide. */
static void place_areas(struct layout_work *work, int top)
{
	struct map_layout *out = work->out;
	int width = 0, height = 0, x = MARGIN, y = top, columns;

	for (size_t i = 0; i < out->area_count; i++) {
		width = out->areas[i].box.width > width ? out->areas[i].box.width : width;
		height += out->areas[i].box.height + MARGIN;
	}
	columns = height > HEIGHT_MAX && out->area_count > 1 ? 2 : 1;
	for (size_t i = 0; i < out->area_count; i++) {
		struct map_box *box = &out->areas[i].box;

		/* The second column begins where the first one has half of the height. */
		if (columns == 2 && x == MARGIN && i > 0 && y - top + box->height / 2 > height / 2) {
			x += width + MARGIN;
			y = top;
		}
		box->x = x;
		box->y = y;
		box->width = width;
		y += box->height + MARGIN;
		out->height = y > out->height ? y : out->height;
		for (size_t k = out->areas[i].first; k < out->areas[i].first + out->areas[i].count; k++) {
			out->boxes[k].x += box->x;
			out->boxes[k].y += box->y;
		}
	}
	out->width = MARGIN + columns * (width + MARGIN);
}

/* ---- outlines of groups ------------------------------------------------------------------------------- */

/* A node that is a member of a group. */
struct member {
	int group;
	size_t node;
};

static int compare_members(const void *a, const void *b)
{
	const struct member *left = a, *right = b;

	if (left->group != right->group)
		return (left->group > right->group) - (left->group < right->group);
	return (left->node > right->node) - (left->node < right->node);
}

/* Returns the members, ordered by group; the caller frees them. NULL when out of memory. */
static struct member *find_members(const struct layout_work *work, size_t *count)
{
	struct member *members = calloc(work->map->count + 1, sizeof(*members));

	*count = 0;
	for (size_t i = 0; members && i < work->map->count; i++) {
		const struct map_node *node = &work->map->nodes[i];
		int group = work->functions[node->function].device->group;

		if ((node->kind == MAP_DEVICE || node->kind == MAP_BRIDGE) && group != PCI_NO_GROUP)
			members[(*count)++] = (struct member){ group, i };
	}
	if (members && *count)
		qsort(members, *count, sizeof(*members), compare_members);
	return members;
}

static struct map_box around(const struct map_box *box)
{
	return (struct map_box){ box->x - OUTLINE_GAP, box->y - OUTLINE_GAP, box->width + 2 * OUTLINE_GAP,
				 box->height + 2 * OUTLINE_GAP };
}

/* Adds a member to the outline: to its last part, if it is the next box below that. */
static bool extend(struct map_layout *out, struct map_outline *outline, const struct map_box *box)
{
	struct map_box part = around(box);
	struct map_box *last = outline->count ? &out->parts[out->part_count - 1] : NULL;

	if (last && last->x == part.x && part.y == last->y + last->height + ROW_HEIGHT - part.height) {
		last->height = part.y + part.height - last->y;
		return true;
	}
	last = ARRAY_ADD(out->parts, out->part_count);
	if (!last)
		return false;
	*last = part;
	outline->count++;
	return true;
}

/* A group of bridges alone has no outline: nothing of it is for guests. */
static bool outline_group(struct layout_work *work, const struct member *members, size_t count)
{
	struct map_layout *out = work->out;
	struct map_outline *outline;
	bool has_device = false;

	for (size_t i = 0; i < count; i++)
		has_device = has_device || work->map->nodes[members[i].node].kind == MAP_DEVICE;
	if (!has_device)
		return true;
	outline = ARRAY_ADD(out->outlines, out->outline_count);
	if (!outline)
		return false;
	outline->group = members[0].group;
	outline->first = out->part_count;
	for (size_t i = 0; i < count; i++) {
		if (!extend(out, outline, &out->boxes[members[i].node]))
			return false;
	}
	return true;
}

static bool outline_groups(struct layout_work *work)
{
	size_t count, len;
	CLEANUP_FREE struct member *members = find_members(work, &count);

	if (!members)
		return false;
	for (size_t i = 0; i < count; i += len) {
		for (len = 1; i + len < count && members[i + len].group == members[i].group;)
			len++;
		if (!outline_group(work, &members[i], len))
			return false;
	}
	return true;
}

int map_layout_make(const struct map *map, const struct map_function *functions, int top,
		    struct map_layout *out, struct error *err)
{
	struct layout_work work = { .map = map, .functions = functions, .out = out };
	bool is_done;

	*out = (struct map_layout){ .height = top };
	out->boxes = calloc(map->count + 1, sizeof(*out->boxes));
	is_done = out->boxes && find_areas(&work);
	for (size_t i = 0; is_done && i < out->area_count; i++) {
		place_boxes(&work, &out->areas[i], device_column(map));
		centre_boxes(&work, &out->areas[i]);
	}
	if (is_done) {
		place_areas(&work, top);
		is_done = outline_groups(&work);
	}
	return is_done ? 0 : error_set(err, ENOMEM, "cannot draw %zu functions", map->member_count);
}
