/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag release: returns the devices of one domain whose own release was never called. pcitag reconcile:
 * returns those that no other process will return, as pcitag-engine does by a timer.
 */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/state.h"
#include "flow/recover/force_release.h"

static enum reconcile_outcome outcome_of(const struct released_device *device)
{
	if (!device->is_back)
		return RECONCILE_QUARANTINED;
	return device->had_driver && device->is_there && !device->driver[0] ? RECONCILE_DRIVERLESS
									    : RECONCILE_GIVEN_BACK;
}

static void put_device(struct json_object *object, const struct released_lease *lease,
		       const struct released_device *device)
{
	enum reconcile_outcome outcome =
		lease->outcome == RECONCILE_FORGOTTEN ? RECONCILE_FORGOTTEN : outcome_of(device);

	json_put_address(object, "address", &device->addr);
	json_put_int(object, "group", device->group);
	json_put_string(object, "role", member_role_name(device->role));
	json_put_string(object, "outcome", reconcile_outcome_name(outcome));
	json_put_bool(object, "present", device->is_there);
	json_put_string(object, "driver", device->driver);
}

static void print_json(const struct release_report *report)
{
	struct json_object *object = json_output_start(), *leases = json_put_array(object, "leases");

	for (size_t i = 0; i < report->count; i++) {
		const struct released_lease *lease = &report->leases[i];
		struct json_object *entry = json_add_object(leases), *devices;

		json_put_string(entry, "uuid", lease->uuid);
		json_put_string(entry, "domain", lease->domain);
		json_put_string(entry, "outcome", reconcile_outcome_name(lease->outcome));
		json_put_string(entry, "why", lease->why);
		devices = json_put_array(entry, "devices");
		for (size_t d = 0; d < lease->device_count; d++)
			put_device(json_add_object(devices), lease, &lease->devices[d]);
	}
	json_output_print(object);
}

static void print_devices(const struct released_lease *lease)
{
	struct table table;

	table_start(&table, "ADDRESS", "GROUP", "ROLE", "OUTCOME", "DRIVER NOW");
	for (size_t i = 0; i < lease->device_count; i++) {
		const struct released_device *device = &lease->devices[i];
		char addr[PCI_ADDR_LEN];

		table_cell(&table, "%s", pci_addr_format(&device->addr, addr));
		table_cell(&table, "%d", device->group);
		table_cell(&table, "%s", member_role_name(device->role));
		table_coloured_cell(&table, outcome_colour(outcome_of(device)), "%s",
				    reconcile_outcome_name(outcome_of(device)));
		table_cell(&table, "%s",
			   !device->is_there   ? "(gone)"
			   : device->driver[0] ? device->driver
					       : "-");
	}
	table_print(&table);
}

static void print_text(const struct release_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct released_lease *lease = &report->leases[i];

		if (lease->device_count && lease->outcome != RECONCILE_FORGOTTEN)
			print_devices(lease);
		print_line("%s: %s: %s", lease->domain, reconcile_outcome_name(lease->outcome), lease->why);
	}
}

static int run_release(const struct arguments *arguments)
{
	bool force = arguments_option(arguments, "force") != NULL;
	CLEANUP(release_report_clear) struct release_report done = { 0 };
	struct error err;
	int rc = flow_release_domain(&host_paths, arguments->plain[0], force, &done, &err);

	if (arguments->json && rc == 0)
		print_json(&done);
	else
		print_text(&done);
	if (rc == 0 && !arguments->json && done.count == 0)
		print_line("%s: its release has come meanwhile", arguments->plain[0]);
	(void)fflush(stdout); /* the result before the failure */
	if (rc != 0)
		return report(&err);
	for (size_t i = 0; i < done.count; i++) {
		if (done.leases[i].outcome == RECONCILE_QUARANTINED)
			return EXIT_FINDINGS;
	}
	return EXIT_DONE;
}

const struct verb verb_release = {
	.name = "release",
	.help = "return what a domain holds whose own release never came",
	.arguments = "DOMAIN",
	.options = { { "force", NULL, "even though libvirt's daemon lives; never a device that is in use" } },
	.needs_root = "moves devices between drivers",
	.run = run_release,
};

/* ---- pcitag reconcile ------------------------------------------------------------------------------ */

static void print_reconciled_json(const struct reconcile_report *report)
{
	struct json_object *object = json_output_start(), *leases = json_put_array(object, "leases");

	for (size_t i = 0; i < report->count; i++) {
		const struct reconcile_item *item = &report->items[i];
		struct json_object *entry = json_add_object(leases);

		json_put_string(entry, "uuid", item->uuid);
		json_put_string(entry, "domain", item->domain);
		json_put_string(entry, "outcome", reconcile_outcome_name(item->outcome));
		json_put_string(entry, "why", item->why);
	}
	json_output_print(object);
}

static void print_reconciled(const struct reconcile_report *report)
{
	struct table table;

	table_start(&table, "DOMAIN", "OUTCOME", "WHY");
	for (size_t i = 0; i < report->count; i++) {
		const struct reconcile_item *item = &report->items[i];

		table_cell(&table, "%s", item->domain[0] ? item->domain : item->uuid);
		table_coloured_cell(&table, outcome_colour(item->outcome), "%s",
				    reconcile_outcome_name(item->outcome));
		table_cell(&table, "%s", item->why);
	}
	table_print(&table);
}

static int run_reconcile(const struct arguments *arguments)
{
	CLEANUP(reconcile_report_clear) struct reconcile_report done = { 0 };
	struct error err;

	if (flow_reconcile(&host_paths, &done, &err) < 0)
		return report(&err);
	if (arguments->json)
		print_reconciled_json(&done);
	else if (done.count)
		print_reconciled(&done);
	else
		printf("no domain holds a device\n");
	return reconcile_left_over(&done) ? EXIT_FINDINGS : EXIT_DONE;
}

const struct verb verb_reconcile = {
	.name = "reconcile",
	.help = "return what a crash left behind; nothing that is in use",
	.needs_root = "moves devices between drivers",
	.run = run_reconcile,
};
