/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/cluster/order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define NARROW_FIRST "pcitag-narrow-first"

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "cannot hold the order of the domains");
}

/* Which name is wider than which, of all that the domains ask for: computed once for each pair. */
struct widths {
	struct fleet_counts names; /* owned; the numbers are not used */
	bool *is_wider;		   /* owned: names.count rows of names.count */
};

static void widths_clear(struct widths *widths)
{
	fleet_counts_clear(&widths->names);
	free(widths->is_wider);
}

static int find_widths(const struct cluster_members *members, struct widths *out, struct error *err)
{
	size_t count;

	for (size_t i = 0; i < members->count; i++) {
		for (size_t r = 0; r < members->members[i].domain.request_count; r++) {
			if (fleet_counts_add(&out->names, members->members[i].domain.requests[r].name, 0,
					     err) < 0)
				return -1;
		}
	}
	count = out->names.count;
	out->is_wider = calloc(count * count + 1, sizeof(*out->is_wider));
	if (!out->is_wider)
		return no_memory(err);
	for (size_t i = 0; i < count * count; i++)
		out->is_wider[i] = fleet_is_wider(&members->registry, out->names.items[i / count].name,
						  out->names.items[i % count].name);
	return 0;
}

static size_t find_name(const struct widths *widths, const char *name)
{
	size_t i = 0;

	while (strcmp(widths->names.items[i].name, name) != 0)
		i++;
	return i;
}

/* True when a request of @a is wider than one of @b. */
static bool is_wider(const struct widths *widths, const struct cluster_member *a,
		     const struct cluster_member *b)
{
	for (size_t i = 0; i < a->domain.request_count; i++) {
		size_t row = widths->names.count * find_name(widths, a->domain.requests[i].name);

		for (size_t k = 0; k < b->domain.request_count; k++) {
			if (widths->is_wider[row + find_name(widths, b->domain.requests[k].name)])
				return true;
		}
	}
	return false;
}

/* Raises the layer of each domain above those that it is wider than. Returns true when one has changed. */
static bool raise_layers(struct cluster_members *members, const struct widths *widths)
{
	bool changes = false;

	for (size_t i = 0; i < members->count; i++) {
		for (size_t k = 0; k < members->count; k++) {
			struct cluster_member *wide = &members->members[i], *narrow = &members->members[k];

			if (i == k || !is_wider(widths, wide, narrow))
				continue;
			wide->is_ordered = narrow->is_ordered = true;
			if (wide->layer > narrow->layer)
				continue;
			wide->layer = narrow->layer + 1;
			changes = true;
		}
	}
	return changes;
}

/* Returns the number of layers; 0 when the domains go in a circle; -1 when out of memory. */
static long find_layers(struct cluster_members *members, struct error *err)
{
	CLEANUP(widths_clear) struct widths widths = { 0 };
	size_t layers = 1;

	if (find_widths(members, &widths, err) < 0)
		return -1;
	/* No way through different names is longer than all of them. */
	while (raise_layers(members, &widths)) {
		if (layers++ > widths.names.count)
			return 0;
	}
	layers = 1;
	for (size_t i = 0; i < members->count; i++) {
		if (members->members[i].layer + 1 > layers)
			layers = members->members[i].layer + 1;
	}
	return (long)layers;
}

static bool is_in_layer(const struct cluster_member *member, long layer)
{
	return member->is_ordered && member->layer == (size_t)layer;
}

/* The order as struct cluster_order has it: "a b > c". The caller frees it. NULL when out of memory. */
static char *layers_text(const struct cluster_members *members, long layers, struct error *err)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (long layer = 0; out && layer < layers; layer++) {
		const char *separator = layer ? " > " : "";

		for (size_t i = 0; i < members->count; i++) {
			const struct cluster_member *member = &members->members[i];

			if (!is_in_layer(member, layer))
				continue;
			fprintf(out, "%s%s", separator, member->id);
			separator = " ";
		}
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	(void)no_memory(err);
	return NULL;
}

static int append_layers(const struct cluster_members *members, long layers, bool is_pcs,
			 struct cluster_command *command, struct error *err)
{
	for (long layer = 0; layer < layers; layer++) {
		if (cluster_command_add(command, err, is_pcs ? "set" : "(") < 0)
			return -1;
		for (size_t i = 0; i < members->count; i++) {
			if (is_in_layer(&members->members[i], layer) &&
			    cluster_command_add(command, err, "%s", members->members[i].id) < 0)
				return -1;
		}
		if (cluster_command_add(command, err, is_pcs ? "sequential=false" : ")") < 0)
			return -1;
	}
	return is_pcs ? cluster_command_add(command, err, "setoptions id=" NARROW_FIRST " kind=Optional") : 0;
}

static int remove_order(struct cluster_script *script, struct error *err)
{
	return cluster_script_add(script, err,
				  script->shell == CLUSTER_SHELL_PCS ? "constraint delete " NARROW_FIRST
								     : "configure delete " NARROW_FIRST);
}

int cluster_order_narrow_first(struct cluster_members *members, struct cluster_script *script,
			       struct error *err)
{
	const struct cluster_order *had = cluster_find_order(&members->config, NARROW_FIRST, NULL);
	struct cluster_command *command;
	bool is_pcs = script->shell == CLUSTER_SHELL_PCS;
	CLEANUP_FREE char *text = NULL;
	long layers = find_layers(members, err);

	if (layers < 0)
		return -1;
	if (layers == 0)
		return cluster_script_remark(
			script, err,
			"no order of starts suits all domains: one of them asks for a device by type "
			"that another one asks for by model, and the other way round; a start may be "
			"refused, and is tried again");
	if (layers < 2)
		return had ? remove_order(script, err) : 0;
	text = layers_text(members, layers, err);
	if (!text)
		return -1;
	if (had && strcmp(had->text, text) == 0)
		return 0;
	if (had && remove_order(script, err) < 0)
		return -1;
	command = cluster_script_begin(script, err);
	if (!command || cluster_command_add(command, err,
					    is_pcs ? "constraint order"
						   : "configure order " NARROW_FIRST " Optional:") < 0)
		return -1;
	return append_layers(members, layers, is_pcs, command, err);
}
