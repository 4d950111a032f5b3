/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag types: lists the names that a domain may request. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/device_filter.h"
#include "cli/output/json.h"
#include "cli/output/table.h"
#include "flow/assign/plan.h"

struct tally {
	size_t devices;
	size_t free;
};

/*
 * Counts the devices that a domain can get by requesting the model, even if other models match the same
 * devices.
 */
static struct tally count_model(const struct inventory *inventory, const struct model *model)
{
	const struct domain nobody = { 0 };
	struct allocation_input input = plan_input(&inventory->host, &nobody);
	const struct topology *topology = &inventory->host.topology;
	struct tally tally = { 0 };

	for (size_t i = 0; i < topology->count; i++) {
		struct verdict verdict;

		if (!model_matches(model, &topology->devices[i]))
			continue;
		allocator_judge(&input, model, &topology->devices[i], &verdict);
		tally.devices++;
		tally.free += verdict.availability == AVAILABLE;
	}
	return tally;
}

/* A model without a device on this host still belongs to its type, but has no free device. */
static bool admits(const struct device_filter *filter, const struct model *model, const struct tally *tally)
{
	if (filter->type && strcmp(model->type, filter->type) != 0)
		return false;
	return !filter->is_free || tally->free > 0;
}

static void print_json(const struct inventory *inventory, const struct device_filter *filter)
{
	struct json_object *object = json_output_start();
	struct json_object *models = json_object_new_array();

	for (size_t i = 0; i < inventory->host.registry.count; i++) {
		const struct model *model = &inventory->host.registry.models[i];
		struct tally tally = count_model(inventory, model);
		struct json_object *entry;

		if (!admits(filter, model, &tally))
			continue;
		entry = json_object_new_object();
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

static void print_text(const struct inventory *inventory, const struct device_filter *filter)
{
	static const char *const titles[] = { "TYPE", "MODEL", "DEVICES", "FREE", "DEFINED AT" };
	struct table table;
	size_t shown = 0;

	if (inventory->host.registry.count == 0) {
		printf("the registry is empty; describe devices in " PCITAG_SYSCONFDIR
		       "/pcitag/registry.ini\n");
		return;
	}
	for (size_t i = 0; i < inventory->host.registry.count; i++) {
		struct tally tally = count_model(inventory, &inventory->host.registry.models[i]);

		shown += admits(filter, &inventory->host.registry.models[i], &tally);
	}
	if (!shown) {
		printf("none of these models has a free device\n");
		return;
	}
	table_start(&table, ARRAY_SIZE(titles), titles);
	for (size_t i = 0; i < inventory->host.registry.count; i++) {
		const struct model *model = &inventory->host.registry.models[i];
		struct tally tally = count_model(inventory, model);

		if (!admits(filter, model, &tally))
			continue;
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
	.options = { { "type", "TYPE", "only the models of this type" },
		     { "free", NULL, "only models of which a device is free" } },
	.run = run,
};
