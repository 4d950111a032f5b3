/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag list: lists every device that the registry matches. */
#include <stdio.h>

#include "cli/device_filter.h"
#include "cli/output/state.h"

static bool admits(const struct device_filter *filter, const struct inventory_item *item)
{
	return device_filter_admits(filter, item->model, item->device, &item->verdict);
}

static void print_json(const struct inventory *inventory, const struct device_filter *filter)
{
	struct json_object *object = json_output_start(), *devices = json_put_array(object, "devices");

	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_item *item = &inventory->items[i];
		struct json_object *device;

		if (!admits(filter, item))
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

static void print_text(const struct inventory *inventory, const struct device_filter *filter)
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
		if (admits(filter, &inventory->items[i]))
			add_row(&table, &inventory->items[i], with_numa);
	}
	if (!table_print_rows(&table))
		printf("none of the %zu devices that the registry matches is what was asked for\n",
		       inventory->count);
}

static int run(const struct arguments *arguments)
{
	return inventory_verb(arguments, print_text, print_json);
}

const struct verb verb_list = {
	.name = "list",
	.help = "the devices the registry matches: state, group, driver and why not free",
	.arguments = "",
	.options = { { FILTER_TYPE },
		     { FILTER_MODEL },
		     { FILTER_FREE },
		     { FILTER_GROUP },
		     { FILTER_NUMA },
		     { "host-critical", NULL, "only those that the host needs itself" } },
	.run = run,
};
