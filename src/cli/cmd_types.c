/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag types: the names a domain may ask for. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/inventory_verb.h"
#include "cli/json_output.h"
#include "cli/table.h"

struct tally {
	size_t devices;
	size_t free;
};

static struct tally count_model(const struct inventory *inventory, const struct model *model)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < inventory->count; i++) {
		if (inventory->items[i].model != model)
			continue;
		tally.devices++;
		tally.free += inventory->items[i].verdict.availability == AVAILABLE;
	}
	return tally;
}

static void print_json(const struct inventory *inventory)
{
	struct json_object *object = json_output_start();
	struct json_object *models = json_object_new_array();

	for (size_t i = 0; i < inventory->plan.registry.count; i++) {
		const struct model *model = &inventory->plan.registry.models[i];
		struct tally tally = count_model(inventory, model);
		struct json_object *entry = json_object_new_object();

		json_put_string(entry, "type", model->type);
		json_put_string(entry, "model", model->name);
		json_object_object_add(entry, "devices", json_object_new_int64((int64_t)tally.devices));
		json_object_object_add(entry, "free", json_object_new_int64((int64_t)tally.free));
		json_object_object_add(entry, "enabled", json_object_new_boolean(model->enabled));
		json_object_array_add(models, entry);
	}
	json_object_object_add(object, "models", models);
	json_output_print(object);
}

static void print_text(const struct inventory *inventory)
{
	static const char *const titles[] = { "TYPE", "MODEL", "DEVICES", "FREE", "DEFINED AT" };
	struct table table;

	if (inventory->plan.registry.count == 0) {
		printf("the registry is empty; describe devices in " PCITAG_SYSCONFDIR
		       "/pcitag/registry.ini\n");
		return;
	}
	table_start(&table, ARRAY_SIZE(titles), titles);
	for (size_t i = 0; i < inventory->plan.registry.count; i++) {
		const struct model *model = &inventory->plan.registry.models[i];
		struct tally tally = count_model(inventory, model);

		table_cell(&table, "%s", model->type);
		table_cell(&table, "%s%s", model->name, model->enabled ? "" : " (disabled)");
		table_cell(&table, "%zu", tally.devices);
		table_cell(&table, "%zu", tally.free);
		table_cell(&table, "%s:%u", model->file, model->line);
	}
	table_print(&table);
}

static int run(const struct arguments *arguments)
{
	return inventory_verb(arguments, print_text, print_json);
}

const struct verb verb_types = {
	.name = "types",
	.topic = TOPIC_REGISTRY,
	.help = "the types and models a domain may ask for, with what is free",
	.arguments = "",
	.run = run,
};
