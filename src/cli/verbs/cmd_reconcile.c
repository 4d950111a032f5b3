/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag reconcile: returns devices that no other process will return, as pcitag-engine does by a timer.
 */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/state.h"
#include "flow/recover/reconcile.h"

static void print_json(const struct reconcile_report *report)
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

static void print_table(const struct reconcile_report *report)
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

static int run(const struct arguments *arguments)
{
	CLEANUP(reconcile_report_clear) struct reconcile_report done = { 0 };
	struct error err;

	if (flow_reconcile(&host_paths, &done, &err) < 0)
		return report(&err);
	if (arguments->json)
		print_json(&done);
	else if (done.count)
		print_table(&done);
	else
		printf("no domain holds a device\n");
	return reconcile_left_over(&done) ? EXIT_FINDINGS : EXIT_DONE;
}

const struct verb verb_reconcile = {
	.name = "reconcile",
	.help = "return what a crash left behind; nothing that is in use",
	.arguments = "",
	.needs_root = "moves devices between drivers",
	.run = run,
};
