/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag types: lists the names that a domain may request. */
#include <stdio.h>
#include <string.h>

#include "cli/device_filter.h"
#include "cli/output/json.h"
#include "cli/output/table.h"
#include "flow/assign/plan.h"

struct tally {
	size_t devices;
	size_t free;
};

/* Counts the devices that a domain can get by requesting the model, even if other models match them, too. */
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
	struct json_object *object = json_output_start(), *models = json_put_array(object, "models");

	for (size_t i = 0; i < inventory->host.registry.count; i++) {
		const struct model *model = &inventory->host.registry.models[i];
		struct tally tally = count_model(inventory, model);
		struct json_object *entry;

		if (!admits(filter, model, &tally))
			continue;
		entry = json_add_object(models);
		json_put_string(entry, "type", model->type);
		json_put_string(entry, "model", model->name);
		json_put_int(entry, "devices", (int64_t)tally.devices);
		json_put_int(entry, "free", (int64_t)tally.free);
		json_put_bool(entry, "enabled", model->enabled);
	}
	json_output_print(object);
}

static void print_text(const struct inventory *inventory, const struct device_filter *filter)
{
	struct table table;

	if (inventory->host.registry.count == 0) {
		printf("the registry is empty; describe devices in " PCITAG_SYSCONFDIR
		       "/pcitag/registry.ini\n");
		return;
	}
	table_start(&table, "TYPE", "MODEL", "DEVICES", "FREE", "DEFINED AT");
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
	if (!table_print_rows(&table))
		printf("none of these models has a free device\n");
}

static int run(const struct arguments *arguments)
{
	return inventory_verb(arguments, print_text, print_json);
}

const struct verb verb_types = {
	.name = "types",
	.help = "the types and models a domain may ask for, with what is free",
	.arguments = "",
	.options = { { "type", "TYPE", "only the models of this type" },
		     { "free", NULL, "only models of which a device is free" } },
	.run = run,
};
