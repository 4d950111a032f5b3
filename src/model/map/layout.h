/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the nodes of a map are drawn. From left to right: root buses, bridges, and in one column all that has
 * nothing below it. NUMA nodes are areas below each other, or in two columns where that is too high. The
 * members of an IOMMU group have an outline, which consists of several parts where others are between them.
 * Lengths are in pixels of a drawing of natural size.
 */
#ifndef PCITAG_MODEL_MAP_LAYOUT_H
#define PCITAG_MODEL_MAP_LAYOUT_H

#include "model/map/map.h"

struct map_box {
	int x, y, width, height;
};

/* A NUMA node. */
struct map_area {
	int node; /* PCI_NO_NODE: that of these functions is not known */
	struct map_box box;
	size_t first, count; /* its nodes in the map */
};

/* A group of which a member is a node of its own. */
struct map_outline {
	int group;
	size_t first, count; /* its parts in map_layout.parts */
};

struct map_layout {
	int width, height;
	struct map_box *boxes;	/* owned, one for each node of the map */
	struct map_area *areas; /* owned, in the order of the map */
	size_t area_count;
	struct map_outline *outlines; /* owned, by group */
	size_t outline_count;
	struct map_box *parts; /* owned */
	size_t part_count;
};

/* Height of the line above what is in an area. */
#define MAP_AREA_TITLE 30

/*
 * @top: height that is left free above all areas
 * Fails only when out of memory. The caller frees @out with map_layout_clear(), also after a failure.
 */
int map_layout_make(const struct map *map, const struct map_function *functions, int top,
		    struct map_layout *out, struct error *err);
void map_layout_clear(struct map_layout *layout);

/* True when the node has others below it: a root, a bridge, a device with devices below it. */
bool map_has_below(const struct map *map, size_t node);

#endif
