/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/registry_report.h"

#include <stdio.h>

#include "base/program.h"
#include "cli/output/state.h"
#include "flow/view/inventory.h"
#include "model/registry/doubts.h"

/* Maximum number of devices in one line. */
#define SHOWN_MAX 8

const char *edit_outcome_name(enum edit_outcome outcome)
{
	static const char *const names[] = {
		[EDIT_UNCHANGED] = "unchanged", [EDIT_ADDED] = "added", [EDIT_REPLACED] = "replaced",
		[EDIT_REMOVED] = "removed",	[EDIT_CUT] = "cut",	[EDIT_SWITCHED] = "switched"
	};

	return names[outcome];
}

struct json_object *registry_change_json(const char *model, const struct registry_change *change)
{
	struct json_object *object = json_output_start();

	json_put_string(object, "model", model);
	json_put_string(object, "type", change->type);
	json_put_string(object, "file", change->file);
	json_put_string(object, "outcome", edit_outcome_name(change->outcome));
	json_put_bool(object, "enabled", change->enabled);
	return object;
}

/* @inventory: NULL when it could not be read */
static void put_devices(struct json_object *object, const struct inventory *inventory)
{
	struct json_object *devices;

	if (!inventory) {
		json_put_string(object, "devices", NULL);
		return;
	}
	devices = json_put_array(object, "devices");
	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_item *item = &inventory->items[i];
		struct json_object *device = json_add_object(devices);

		json_put_device(device, item->device);
		json_put_verdict(device, item->model, &item->verdict);
	}
}

static void print_devices(const struct inventory *inventory)
{
	size_t available = 0, shown = 0;

	for (size_t i = 0; i < inventory->count; i++)
		available += verdict_is_free(&inventory->items[i].verdict);
	printf("%zu device%s of this host match%s it, ", inventory->count, inventory->count == 1 ? "" : "s",
	       inventory->count == 1 ? "es" : "");
	if (available)
		printf("%zu free: ", available);
	else
		printf("none free: ");
	for (size_t i = 0; i < inventory->count && shown <= SHOWN_MAX; i++) {
		const struct inventory_item *item = &inventory->items[i];
		char addr[PCI_ADDR_LEN], why[VERDICT_LEN];

		if (available && !verdict_is_free(&item->verdict))
			continue;
		if (shown)
			printf("%s", available ? ", " : "; ");
		if (shown++ == SHOWN_MAX)
			printf("...");
		else
			printf("%s%s%s", pci_addr_format(&item->device->addr, addr), available ? "" : ": ",
			       available ? "" : verdict_format(&item->verdict, why));
	}
	printf("\n");
}

static void print_text(const char *model, const struct inventory *inventory)
{
	const struct model *entry = registry_find(&inventory->host.registry, model);
	char missed[MODEL_MISSED_LEN];

	if (inventory->count == 0) {
		printf("no device of this host matches it: %s; compare with pcitag probe\n",
		       entry ? model_missed(entry, &inventory->host.topology, missed) : "it is gone again");
		return;
	}
	print_devices(inventory);
	if (entry)
		printf("next: pcitag add DOMAIN %s, or %s for exactly this model\n", entry->type,
		       entry->name);
}

int report_devices(const char *model, struct json_object *object)
{
	CLEANUP(inventory_clear) struct inventory inventory = { 0 };
	struct error err;
	int rc = inventory_read(&host_paths, model, &inventory, &err);

	if (object) {
		put_devices(object, rc < 0 ? NULL : &inventory);
		json_output_print(object);
	} else if (rc == 0) {
		print_text(model, &inventory);
	}
	if (rc == 0)
		return EXIT_DONE;
	(void)fflush(stdout);
	(void)report(&err);
	return EXIT_FINDINGS;
}
