/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag list: the devices that the registry matches; pcitag types: its types and models. */
#include <stdio.h>
#include <string.h>

#include "cli/device_filter.h"
#include "cli/output/state.h"
#include "flow/assign/plan.h"
#include "flow/view/inventory.h"

static bool admits_device(const struct device_filter *filter, const struct inventory_item *item)
{
	return device_filter_admits(filter, item->model, item->device, &item->verdict);
}

static void print_devices_json(const struct inventory *inventory, const struct device_filter *filter)
{
	struct json_object *object = json_output_start(), *devices = json_put_array(object, "devices");

	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_item *item = &inventory->items[i];
		struct json_object *device;

		if (!admits_device(filter, item))
			continue;
		device = json_add_object(devices);
		json_put_device(device, item->device);
		json_put_verdict(device, item->model, &item->verdict);
	}
	json_output_print(object);
}

/* Minimum width of a terminal for one more column. */
#define WIDE_TERMINAL 100

/* The column is shown on hosts with NUMA nodes, if there is room. */
static bool wants_numa(const struct inventory *inventory)
{
	size_t width = terminal_width();

	for (size_t i = 0; i < inventory->count && (width == 0 || width >= WIDE_TERMINAL); i++) {
		if (inventory->items[i].device->numa_node != PCI_NO_NODE)
			return true;
	}
	return false;
}

static void number_cell(struct table *table, int number, int none)
{
	if (number == none)
		table_cell(table, "-");
	else
		table_cell(table, "%d", number);
}

static void add_row(struct table *table, const struct inventory_item *item, bool with_numa)
{
	const struct pci_device *device = item->device;
	char addr[PCI_ADDR_LEN], why[VERDICT_LEN];
	bool is_free = item->verdict.availability == AVAILABLE;

	table_cell(table, "%s", pci_addr_format(&device->addr, addr));
	table_cell(table, "%s", item->model->name);
	table_cell(table, "%s", item->model->type);
	number_cell(table, device->group, PCI_NO_GROUP);
	if (with_numa)
		number_cell(table, device->numa_node, PCI_NO_NODE);
	table_cell(table, "%s", device->driver[0] ? device->driver : "-");
	table_coloured_cell(table, verdict_colour(&item->verdict), "%s",
			    verdict_rows[item->verdict.availability].state);
	table_cell(table, "%s", is_free ? "" : verdict_format(&item->verdict, why));
}

static void print_devices(const struct inventory *inventory, const struct device_filter *filter)
{
	bool with_numa = wants_numa(inventory);
	struct table table;

	if (inventory->count == 0) {
		printf("no device of this host matches the registry (" PCITAG_SYSCONFDIR
		       "/pcitag/registry.ini, %zu models)\n",
		       inventory->host.registry.count);
		return;
	}
	if (with_numa)
		table_start(&table, "ADDRESS", "MODEL", "TYPE", "GROUP", "NUMA", "DRIVER", "STATE", "WHY");
	else
		table_start(&table, "ADDRESS", "MODEL", "TYPE", "GROUP", "DRIVER", "STATE", "WHY");
	for (size_t i = 0; i < inventory->count; i++) {
		if (admits_device(filter, &inventory->items[i]))
			add_row(&table, &inventory->items[i], with_numa);
	}
	if (!table_print_rows(&table))
		printf("none of the %zu devices that the registry matches is what was asked for\n",
		       inventory->count);
}

struct tally {
	size_t devices, free;
};

/* Counts the devices that a domain can get by requesting the model, even if other models match them, too. */
static struct tally count_model(const struct inventory *inventory, const struct model *model)
{
	struct allocation_input input = plan_input(&inventory->host, NULL);
	const struct topology *topology = &inventory->host.topology;
	struct tally tally = { 0 };

	for (size_t i = 0; i < topology->count; i++) {
		struct verdict verdict;

		if (!model_matches(model, &topology->devices[i]))
			continue;
		allocator_judge(&input, model, &topology->devices[i], &verdict);
		tally.devices++;
		tally.free += verdict_is_free(&verdict);
	}
	return tally;
}

/* A model without a device on this host still belongs to its type, but has no free device. */
static bool admits_model(const struct device_filter *filter, const struct model *model,
			 const struct tally *tally)
{
	if (!device_filter_admits_type(filter, model))
		return false;
	return !filter->is_free || tally->free > 0;
}

/* The same for a profile: a device counts once, whatever models match it. */
static struct tally count_profile(const struct inventory *inventory, const struct profile *profile)
{
	struct allocation_input input = plan_input(&inventory->host, NULL);
	const struct topology *topology = &inventory->host.topology;
	struct tally tally = { 0 };

	for (size_t i = 0; i < topology->count; i++) {
		const struct pci_device *device = &topology->devices[i];
		const struct model *model =
			registry_first_match(&inventory->host.registry, profile->name, device);
		struct verdict verdict;

		if (!model)
			continue;
		allocator_judge(&input, model, device, &verdict);
		tally.devices++;
		tally.free += verdict_is_free(&verdict);
	}
	return tally;
}

static bool admits_profile(const struct device_filter *filter, const struct profile *profile,
			   const struct tally *tally)
{
	if (filter->type && filter->profile != profile)
		return false;
	return !filter->is_free || tally->free > 0;
}

static void put_list(struct json_object *object, const char *name, const struct pattern_list *list)
{
	struct json_object *array = json_put_array(object, name);

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_object_new_string(list->items[i]));
}

static void put_profiles(struct json_object *object, const struct inventory *inventory,
			 const struct device_filter *filter)
{
	struct json_object *profiles = json_put_array(object, "profiles");

	for (size_t i = 0; i < inventory->host.registry.profile_count; i++) {
		const struct profile *profile = &inventory->host.registry.profiles[i];
		struct tally tally = count_profile(inventory, profile);
		struct json_object *entry;
		char text[WISHES_LEN];

		if (!admits_profile(filter, profile, &tally))
			continue;
		entry = json_add_object(profiles);
		json_put_string(entry, "profile", profile->name);
		put_list(entry, "any", &profile->any);
		put_list(entry, "allow", &profile->allow);
		json_put_string(entry, "wishes", wishes_format(&profile->wishes, text));
		json_put_int(entry, "devices", (int64_t)tally.devices);
		json_put_int(entry, "free", (int64_t)tally.free);
	}
}

/* Below the models, and with an empty line between, which completion relies on. */
static void print_profiles(const struct inventory *inventory, const struct device_filter *filter)
{
	const struct registry *registry = &inventory->host.registry;
	struct table table;

	table_start(&table, "PROFILE", "ANY", "DEVICES", "FREE", "WISHES", "DEFINED AT");
	for (size_t i = 0; i < registry->profile_count; i++) {
		const struct profile *profile = &registry->profiles[i];
		struct tally tally = count_profile(inventory, profile);
		char any[ERROR_MSG_LEN] = "", text[WISHES_LEN];

		if (!admits_profile(filter, profile, &tally))
			continue;
		for (size_t k = 0; k < profile->any.count; k++)
			text_append(any, sizeof(any), "%s%s", k ? "," : "", profile->any.items[k]);
		table_cell(&table, "%s", profile->name);
		table_cell(&table, "%s", any);
		table_cell(&table, "%zu", tally.devices);
		table_cell(&table, "%zu", tally.free);
		table_cell(&table, "%s", wishes_format(&profile->wishes, text)[0] ? text : "-");
		table_cell(&table, "%s:%u", profile->file, profile->line);
	}
	printf("\n");
	(void)table_print_rows(&table);
}

static void print_models_json(const struct inventory *inventory, const struct device_filter *filter)
{
	struct json_object *object = json_output_start(), *models = json_put_array(object, "models");

	for (size_t i = 0; i < inventory->host.registry.count; i++) {
		const struct model *model = &inventory->host.registry.models[i];
		struct tally tally = count_model(inventory, model);
		struct json_object *entry;

		if (!admits_model(filter, model, &tally))
			continue;
		entry = json_add_object(models);
		json_put_string(entry, "type", model->type);
		json_put_string(entry, "model", model->name);
		json_put_int(entry, "devices", (int64_t)tally.devices);
		json_put_int(entry, "free", (int64_t)tally.free);
		json_put_bool(entry, "enabled", model->enabled);
	}
	put_profiles(object, inventory, filter);
	json_output_print(object);
}

static void print_models(const struct inventory *inventory, const struct device_filter *filter)
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

		if (!admits_model(filter, model, &tally))
			continue;
		table_cell(&table, "%s", model->type);
		table_cell(&table, "%s%s", model->name, model->enabled ? "" : " (disabled)");
		table_cell(&table, "%zu", tally.devices);
		table_cell(&table, "%zu", tally.free);
		table_cell(&table, "%s:%u", model->file, model->line);
	}
	if (!table_print_rows(&table))
		printf("none of these models has a free device\n");
	if (inventory->host.registry.profile_count)
		print_profiles(inventory, filter);
}

static int run(const struct arguments *arguments)
{
	CLEANUP(inventory_clear) struct inventory inventory = { 0 };
	bool is_list = arguments->verb == &verb_list;
	struct device_filter filter;
	struct error err;
	int rc = device_filter_read(arguments, &filter);

	if (rc != EXIT_DONE)
		return rc;
	if (inventory_read(&host_paths, filter.model ? filter.model : filter.type, &inventory, &err) < 0 ||
	    device_filter_check(&filter, arguments->verb->name, &inventory.host.registry, &err) < 0)
		return report(&err);
	if (arguments->json)
		(is_list ? print_devices_json : print_models_json)(&inventory, &filter);
	else
		(is_list ? print_devices : print_models)(&inventory, &filter);
	return EXIT_DONE;
}

const struct verb verb_list = {
	.name = "list",
	.help = "the devices the registry matches: state, group, driver and why not free",
	.options = { { FILTER_TYPE },
		     { FILTER_MODEL },
		     { FILTER_FREE },
		     { FILTER_GROUP },
		     { FILTER_NUMA },
		     { "host-critical", NULL, "only those that the host needs itself" } },
	.run = run,
};

const struct verb verb_types = {
	.name = "types",
	.help = "the types, models and profiles a domain may ask for, with what is free",
	.options = { { "type", "TYPE", "only the models of this type" },
		     { "free", NULL, "only models of which a device is free" } },
	.run = run,
};
