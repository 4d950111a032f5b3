/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/map_svg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/output/map_words.h"
#include "cli/output/xml_output.h"
#include "model/map/layout.h"

/* Above the areas: the title, and what is marked. */
#define TOP 56
/* Below them: a line of states, one of notes. */
#define LEGEND_HEIGHT 74
#define MARGIN 12
#define MARK_SIZE 16
/* Width of a character of the usual font at size 12, generously, and that of a legend's entry at most. */
#define CHARACTER 7
#define LEGEND_ENTRY 150

/*
 * How a state looks: colours for those who see them, and a mark of its own for everybody else and for paper.
 * Marks are paths in a square of 16.
 */
static const struct look {
	const char *fill, *stroke;
	const char *dash; /* of the box; NULL for none */
	const char *mark;
	bool is_solid; /* the mark is filled */
} looks[MAP_STATES] = {
	[MAP_FREE] = { "#e7f5ea", "#1e7b34", NULL, "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z", false },
	[MAP_LEASED] = { "#e3edfb", "#0b57a4", NULL, "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z", true },
	[MAP_DEGRADED] = { "#fff1dc", "#9a5800", NULL, "M8 2l7 12h-14z", false },
	[MAP_HELD] = { "#fdf6d0", "#7a6200", NULL, "M4 2h3v12h-3zM9 2h3v12h-3z", true },
	[MAP_QUARANTINED] = { "#fde3e1", "#b1261c", NULL,
			      "M3 1l5 5l5-5l2 2l-5 5l5 5l-2 2l-5-5l-5 5l-2-2l5-5l-5-5z", true },
	[MAP_OUT] = { "#f6d5d2", "#7d1a13", NULL, "M8 2l7 12h-14z", true },
	[MAP_UNAVAILABLE] = { "#ececec", "#4d4d4d", NULL, "M2 6h12v4h-12z", true },
	[MAP_HOST] = { "#f5f5f5", "#666666", "6 3", "M2 8l6-6l6 6v6h-12z", false },
	[MAP_UNREGISTERED] = { "#ffffff", "#767676", "2 3", "M3 3h10v10h-10z", false },
};

struct drawing {
	const struct host_map *map;
	struct map_layout layout;
	struct xml_output *out;
};

/* ---- shapes ------------------------------------------------------------------------------------------ */

static void put_number(struct drawing *d, const char *name, int value)
{
	xml_output_attribute(d->out, name, "%d", value);
}

static void put_rect(struct drawing *d, const struct map_box *box, int round)
{
	xml_output_open(d->out, "rect");
	put_number(d, "x", box->x);
	put_number(d, "y", box->y);
	put_number(d, "width", box->width);
	put_number(d, "height", box->height);
	put_number(d, "rx", round);
}

/* Shortens UTF-8 text to so many characters, the last of which is then an ellipsis. */
static void fit(char *text, size_t characters)
{
	size_t seen = 0, cut = 0;

	for (size_t i = 0; text[i]; i++) {
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			continue;
		if (++seen == characters)
			cut = i;
	}
	if (seen > characters)
		strcpy(text + cut, "…");
}

/* @width: of the room for it, in pixels */
static void put_text(struct drawing *d, int x, int y, int width, const char *class, const char *text)
{
	char fitted[MAP_WORDS_LEN + sizeof("…")];

	snprintf(fitted, sizeof(fitted), "%.*s", MAP_WORDS_LEN - 1, text);
	fit(fitted, (size_t)(width / CHARACTER));
	xml_output_open(d->out, "text");
	put_number(d, "x", x);
	put_number(d, "y", y);
	xml_output_attribute(d->out, "class", "%s", class);
	if (strcmp(class, "name") == 0 || strcmp(class, "title") == 0)
		xml_output_attribute(d->out, "font-weight", "bold");
	xml_output_text(d->out, "%s", fitted);
	xml_output_close(d->out);
}

static void put_mark(struct drawing *d, enum map_state state, int x, int y)
{
	xml_output_open(d->out, "path");
	xml_output_attribute(d->out, "class", "mark state-%s", map_state_class(state));
	xml_output_attribute(d->out, "transform", "translate(%d %d)", x, y);
	xml_output_attribute(d->out, "d", "%s", looks[state].mark);
	xml_output_attribute(d->out, "fill", "%s", looks[state].is_solid ? looks[state].stroke : "none");
	xml_output_attribute(d->out, "stroke", "%s", looks[state].stroke);
	xml_output_attribute(d->out, "stroke-width", "1.5");
	xml_output_close(d->out);
}

/* From the right side of the node above to the left side of this one. */
static void put_link(struct drawing *d, size_t index)
{
	const struct map_node *node = &d->map->map.nodes[index];
	const struct map_box *box = &d->layout.boxes[index], *from;

	if (node->parent == MAP_NONE)
		return;
	from = &d->layout.boxes[node->parent];
	xml_output_open(d->out, "path");
	xml_output_attribute(d->out, "class", "link");
	xml_output_attribute(d->out, "d", "M%d %dh%dV%dH%d", from->x + from->width,
			     from->y + from->height / 2, 12, box->y + box->height / 2, box->x);
	xml_output_attribute(d->out, "fill", "none");
	xml_output_attribute(d->out, "stroke", "#555555");
	xml_output_close(d->out);
}

/* ---- nodes ------------------------------------------------------------------------------------------- */

/* Which functions a merged node has, and their groups ("-" for none) in the same order. */
static void put_members(struct drawing *d, const struct map_node *node)
{
	const struct map *map = &d->map->map;
	char addr[PCI_ADDR_LEN], *text = NULL, *groups = NULL;
	size_t len = 0, groups_len = 0;
	FILE *addresses = open_memstream(&text, &len), *numbers = open_memstream(&groups, &groups_len);

	for (size_t i = 0; addresses && numbers && i < node->count; i++) {
		const struct pci_device *device = d->map->functions[map->members[node->first + i]].device;

		fprintf(addresses, "%s%s", i ? " " : "", pci_addr_format(&device->addr, addr));
		fprintf(numbers, "%s%d", i ? " " : "", device->group);
	}
	if (addresses && fclose(addresses) == 0)
		xml_output_attribute(d->out, "data-addresses", "%s", text);
	if (numbers && fclose(numbers) == 0)
		xml_output_attribute(d->out, "data-groups", "%s", groups);
	free(text);
	free(groups);
}

static void put_device_attributes(struct drawing *d, const struct map_node *node)
{
	const struct map_function *function = &d->map->functions[node->function];
	const struct pci_device *device = function->device;
	const struct model *model = d->map->items[node->function].model;
	const char *holder = host_map_holder(d->map, node->function);
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&device->addr, addr);
	xml_output_attribute(d->out, "id", "device-%s", addr);
	xml_output_attribute(d->out, "class", "device state-%s%s", map_state_class(function->state),
			     function->is_marked ? " marked" : "");
	xml_output_attribute(d->out, "data-address", "%s", addr);
	if (device->group != PCI_NO_GROUP)
		put_number(d, "data-group", device->group);
	xml_output_attribute(d->out, "data-state", "%s", map_state_name(function->state));
	if (model) {
		xml_output_attribute(d->out, "data-model", "%s", model->name);
		xml_output_attribute(d->out, "data-type", "%s", model->type);
	}
	if (holder[0])
		xml_output_attribute(d->out, "data-domain", "%s", holder);
	if (function->is_marked)
		xml_output_attribute(d->out, "data-marked", "%s", d->map->is_planned ? "would-get" : "has");
}

static void put_many_attributes(struct drawing *d, const struct map_node *node)
{
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&d->map->functions[node->function].device->addr, addr);
	xml_output_attribute(d->out, "id", "merged-%s", addr);
	xml_output_attribute(d->out, "class", "merged state-%s",
			     map_state_class(map_words_main_state(d->map, node)));
	xml_output_attribute(d->out, "data-count", "%zu", node->count);
	for (size_t state = 0; state < MAP_STATES; state++) {
		char name[32];

		if (!node->counts.of[state])
			continue;
		snprintf(name, sizeof(name), "data-%s", map_state_class((enum map_state)state));
		xml_output_attribute(d->out, name, "%zu", node->counts.of[state]);
	}
	put_members(d, node);
}

static void put_box(struct drawing *d, const struct map_node *node, const struct map_box *box)
{
	enum map_state state = map_words_main_state(d->map, node);
	bool is_marked = d->map->functions[node->function].is_marked;

	if (node->count > 1) {
		struct map_box behind = { box->x + 4, box->y + 4, box->width, box->height };

		put_rect(d, &behind, 4);
		xml_output_attribute(d->out, "class", "behind");
		xml_output_attribute(d->out, "fill", "#ffffff");
		xml_output_attribute(d->out, "stroke", "%s", looks[state].stroke);
		xml_output_close(d->out);
	}
	put_rect(d, box, 4);
	xml_output_attribute(d->out, "class", "box");
	xml_output_attribute(d->out, "fill", "%s", looks[state].fill);
	xml_output_attribute(d->out, "stroke", "%s", looks[state].stroke);
	xml_output_attribute(d->out, "stroke-width", is_marked ? "4" : "1.5");
	if (looks[state].dash && !is_marked)
		xml_output_attribute(d->out, "stroke-dasharray", "%s", looks[state].dash);
	xml_output_close(d->out);
}

/* A device, or several as one. */
static void put_device(struct drawing *d, size_t index)
{
	const struct map_node *node = &d->map->map.nodes[index];
	const struct map_box *box = &d->layout.boxes[index];
	int x = box->x + MARK_SIZE + 14, room = box->width - MARK_SIZE - 20;
	char text[MAP_WORDS_LEN], line[2 * MAP_WORDS_LEN], state[MAP_WORDS_LEN], addr[PCI_ADDR_LEN];

	xml_output_open(d->out, "g");
	if (node->count > 1)
		put_many_attributes(d, node);
	else
		put_device_attributes(d, node);
	xml_output_attribute(d->out, "tabindex", "0");
	xml_output_attribute(d->out, "role", "img");
	xml_output_text_element(d->out, "title", map_words_all(d->map, node, text));
	put_box(d, node, box);
	put_mark(d, map_words_main_state(d->map, node), box->x + 8, box->y + 12);
	map_words_state(d->map, node, state);
	if (node->count > 1) {
		put_text(d, x, box->y + 17, room, "name", map_words_name(d->map, node, text));
		snprintf(line, sizeof(line), "%s: %s", map_words_kind(d->map, node, text), state);
	} else {
		put_text(d, x, box->y + 17, room, "name",
			 pci_addr_format(&d->map->functions[node->function].device->addr, addr));
		if (d->map->functions[node->function].is_marked)
			text_append(state, sizeof(state), d->map->is_planned ? ", would get it" : ", has it");
		put_text(d, x + 100, box->y + 17, room - 100, "state", state);
		snprintf(line, sizeof(line), "%s", map_words_kind(d->map, node, text));
	}
	put_text(d, x, box->y + 33, room, "kind", line);
	xml_output_close(d->out);
}

/* A root bus or a bridge. */
static void put_inner(struct drawing *d, size_t index)
{
	const struct map_node *node = &d->map->map.nodes[index];
	const struct map_box *box = &d->layout.boxes[index];
	const struct pci_device *device = d->map->functions[node->function].device;
	char text[MAP_WORDS_LEN], address[PCI_ADDR_LEN], root[MAP_ROOT_LEN];
	bool is_root = node->kind == MAP_ROOT;

	pci_addr_format(&device->addr, address);
	map_root_format(device, root);
	xml_output_open(d->out, "g");
	if (is_root && node->is_all)
		xml_output_attribute(d->out, "id", "roots-%d", node->node);
	else
		xml_output_attribute(d->out, "id", "%s-%s", is_root ? "root" : "bridge",
				     is_root ? root : address);
	xml_output_attribute(d->out, "class",
			     is_root	       ? "root"
			     : node->is_switch ? "bridge switch"
					       : "bridge");
	if (!is_root && device->group != PCI_NO_GROUP)
		put_number(d, "data-group", device->group);
	xml_output_text_element(d->out, "title", map_words_all(d->map, node, text));
	put_rect(d, box, is_root ? 0 : 12);
	xml_output_attribute(d->out, "class", "box");
	xml_output_attribute(d->out, "fill", "#ffffff");
	xml_output_attribute(d->out, "stroke", "#333333");
	xml_output_attribute(d->out, "stroke-width", node->is_switch ? "2.5" : "1.5");
	xml_output_close(d->out);
	put_text(d, box->x + 10, box->y + 17, box->width - 12, "name",
		 node->is_switch ? "PCI switch" : map_kind_name(node->kind));
	put_text(d, box->x + 10, box->y + 33, box->width - 12, "address",
		 !is_root	? address
		 : node->is_all ? "(all)"
				: root);
	xml_output_close(d->out);
}

static void put_area(struct drawing *d, const struct map_area *area)
{
	char text[MAP_WORDS_LEN];

	map_words_area(area->node, text);
	xml_output_open(d->out, "g");
	if (area->node == PCI_NO_NODE)
		xml_output_attribute(d->out, "id", "numa-unknown");
	else
		xml_output_attribute(d->out, "id", "numa-%d", area->node);
	xml_output_attribute(d->out, "class", "numa");
	xml_output_text_element(d->out, "title", text);
	put_rect(d, &area->box, 6);
	xml_output_attribute(d->out, "class", "area");
	xml_output_attribute(d->out, "fill", "#fafafa");
	xml_output_attribute(d->out, "stroke", "#999999");
	xml_output_close(d->out);
	put_text(d, area->box.x + 16, area->box.y + 20, area->box.width, "title", text);
	for (size_t i = area->first; i < area->first + area->count; i++)
		put_link(d, i);
	for (size_t i = area->first; i < area->first + area->count; i++) {
		if (d->map->map.nodes[i].count)
			put_device(d, i);
		else
			put_inner(d, i);
	}
	xml_output_close(d->out);
}

/* ---- groups, title, legend ----------------------------------------------------------------------------- */

static char *list_members(struct drawing *d, int group)
{
	char addr[PCI_ADDR_LEN], *text = NULL;
	const struct pci_device *member = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (const char *gap = ""; out; gap = " ") {
		member = topology_next_member(&d->map->host.topology, group, member);
		if (!member)
			break;
		fprintf(out, "%s%s", gap, pci_addr_format(&member->addr, addr));
	}
	return out && fclose(out) == 0 ? text : NULL;
}

static void put_group(struct drawing *d, const struct map_outline *outline)
{
	const struct map_box *parts = &d->layout.parts[outline->first];
	CLEANUP_FREE char *members = list_members(d, outline->group);
	char text[MAP_WORDS_LEN];

	xml_output_open(d->out, "g");
	xml_output_attribute(d->out, "id", "group-%d", outline->group);
	xml_output_attribute(d->out, "class", "group");
	put_number(d, "data-group", outline->group);
	xml_output_attribute(d->out, "data-members", "%s", members ? members : "");
	snprintf(text, sizeof(text), "IOMMU group %d: %.1900s", outline->group, members ? members : "");
	xml_output_text_element(d->out, "title", text);
	for (size_t i = 0; i < outline->count; i++) {
		put_rect(d, &parts[i], 8);
		xml_output_attribute(d->out, "class", "outline");
		xml_output_attribute(d->out, "fill", "none");
		xml_output_attribute(d->out, "stroke", "#444444");
		xml_output_attribute(d->out, "stroke-dasharray", "4 2 1 2");
		xml_output_close(d->out);
	}
	for (size_t i = 0; i < outline->count; i++) {
		snprintf(text, sizeof(text), "group %d", outline->group);
		/* A bridge has no room at its side. */
		if (parts[i].width > 200)
			put_text(d, parts[i].x + parts[i].width + 6, parts[i].y + parts[i].height / 2 + 4, 90,
				 "label", text);
	}
	xml_output_close(d->out);
}

static void put_title(struct drawing *d)
{
	char counts[MAP_COUNTS_LEN], text[MAP_WORDS_LEN], mark[MAP_WORDS_LEN];

	map_counts_format(&d->map->map.counts, counts);
	snprintf(text, sizeof(text), "PCI functions of this host: %s", counts[0] ? counts : "none");
	xml_output_open(d->out, "title");
	xml_output_attribute(d->out, "id", "map-title");
	xml_output_text(d->out, "PCI functions of this host");
	xml_output_close(d->out);
	xml_output_open(d->out, "desc");
	xml_output_attribute(d->out, "id", "map-desc");
	xml_output_text(d->out, "%s. %s.", text, map_words_notes(d->map, mark));
	xml_output_close(d->out);
	xml_output_open(d->out, "rect");
	xml_output_attribute(d->out, "class", "background");
	put_number(d, "width", d->layout.width);
	put_number(d, "height", d->layout.height + LEGEND_HEIGHT);
	xml_output_attribute(d->out, "fill", "#ffffff");
	xml_output_close(d->out);
	put_text(d, MARGIN, 24, d->layout.width - MARGIN, "title", text);
	if (!map_words_mark(d->map, mark)[0])
		return;
	snprintf(text, sizeof(text), "thick border: %.1900s", mark);
	put_text(d, MARGIN, 44, d->layout.width - MARGIN, "note", text);
}

static void put_legend(struct drawing *d)
{
	char text[MAP_WORDS_LEN], *rest = text, *line;
	int x = MARGIN, y = d->layout.height + 8;

	xml_output_open(d->out, "g");
	xml_output_attribute(d->out, "id", "legend");
	for (size_t state = 0; state < MAP_STATES; state++) {
		if (!d->map->map.counts.of[state])
			continue;
		if (x + LEGEND_ENTRY > d->layout.width) {
			x = MARGIN;
			y += 22;
		}
		put_mark(d, (enum map_state)state, x, y);
		put_text(d, x + MARK_SIZE + 6, y + 12, LEGEND_ENTRY, "legend",
			 map_state_name((enum map_state)state));
		x += MARK_SIZE + 24 + CHARACTER * (int)strlen(map_state_name((enum map_state)state));
	}
	map_words_notes(d->map, text);
	for (y += 36; (line = strsep(&rest, ";")) && line[0]; y += 16)
		put_text(d, MARGIN, y, d->layout.width - 2 * MARGIN, "note", line + strspn(line, " "));
	xml_output_close(d->out);
}

static void put_all(struct drawing *d)
{
	xml_output_open(d->out, "svg");
	xml_output_attribute(d->out, "xmlns", "http://www.w3.org/2000/svg");
	put_number(d, "width", d->layout.width);
	put_number(d, "height", d->layout.height + LEGEND_HEIGHT);
	xml_output_attribute(d->out, "viewBox", "0 0 %d %d", d->layout.width,
			     d->layout.height + LEGEND_HEIGHT);
	xml_output_attribute(d->out, "class", "pcitag-map");
	xml_output_attribute(d->out, "role", "img");
	xml_output_attribute(d->out, "aria-labelledby", "map-title map-desc");
	xml_output_attribute(d->out, "font-family", "sans-serif");
	xml_output_attribute(d->out, "font-size", "12");
	xml_output_attribute(d->out, "fill", "#000000");
	put_title(d);
	for (size_t i = 0; i < d->layout.area_count; i++)
		put_area(d, &d->layout.areas[i]);
	for (size_t i = 0; i < d->layout.outline_count; i++)
		put_group(d, &d->layout.outlines[i]);
	put_legend(d);
	xml_output_close(d->out);
}

char *map_svg(const struct host_map *map, size_t *len, struct error *err)
{
	struct drawing d = { .map = map };
	char *text = NULL;

	if (map_layout_make(&map->map, map->functions, TOP, &d.layout, err) == 0) {
		d.out = xml_output_start();
		put_all(&d);
		text = xml_output_end(d.out, len);
		if (!text)
			(void)error_set(err, ENOMEM, "cannot draw this host");
	}
	map_layout_clear(&d.layout);
	return text;
}
