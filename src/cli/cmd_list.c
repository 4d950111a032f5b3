/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag list: every device the registry matches. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/inventory_verb.h"
#include "cli/json_output.h"
#include "cli/state_colour.h"
#include "cli/table.h"

static void print_json(const struct inventory *inventory)
{
	struct json_object *object = json_output_start();
	struct json_object *devices = json_object_new_array();

	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_item *item = &inventory->items[i];
		struct json_object *device = json_object_new_object();

		json_put_device(device, item->device);
		json_put_verdict(device, item->model, &item->verdict);
		json_object_array_add(devices, device);
	}
	json_object_object_add(object, "devices", devices);
	json_output_print(object);
}

static void print_text(const struct inventory *inventory)
{
	static const char *const titles[] = { "ADDRESS", "MODEL", "TYPE", "GROUP", "DRIVER", "STATE", "WHY" };
	struct table table;

	if (inventory->count == 0) {
		printf("no device of this host matches the registry (" PCITAG_SYSCONFDIR
		       "/pcitag/registry.ini, %zu models)\n",
		       inventory->plan.registry.count);
		return;
	}
	table_start(&table, ARRAY_SIZE(titles), titles);
	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_item *item = &inventory->items[i];
		const struct pci_device *device = item->device;
		char addr[PCI_ADDR_LEN], why[VERDICT_LEN];
		bool is_free = item->verdict.availability == AVAILABLE;

		table_cell(&table, "%s", pci_addr_format(&device->addr, addr));
		table_cell(&table, "%s", item->model->name);
		table_cell(&table, "%s", item->model->type);
		if (device->group == PCI_NO_GROUP)
			table_cell(&table, "-");
		else
			table_cell(&table, "%d", device->group);
		table_cell(&table, "%s", device->driver[0] ? device->driver : "-");
		table_coloured_cell(&table, verdict_colour(&item->verdict), "%s",
				    inventory_state(&item->verdict));
		table_cell(&table, "%s", is_free ? "" : verdict_format(&item->verdict, why));
	}
	table_print(&table);
}

static int run(const struct arguments *arguments)
{
	return inventory_verb(arguments, print_text, print_json);
}

const struct verb verb_list = {
	.name = "list",
	.topic = TOPIC_HOST,
	.help = "the devices the registry matches: state, group, driver and why not free",
	.arguments = "",
	.run = run,
};
