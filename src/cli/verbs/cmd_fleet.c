/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag utilization: what a domain asks a cluster for; pcitag capacity: what this host has for one. */
#include <stdio.h>
#include <time.h>

#include "cli/output/json.h"
#include "cli/output/table.h"
#include "cli/verb.h"
#include "flow/view/fleet.h"
#include "model/fleet/remote.h"
#include "model/lease/domain.h"

static void put_counts(struct json_object *object, const char *key, const struct fleet_counts *counts)
{
	struct json_object *entry = json_object_new_object();

	for (size_t i = 0; i < counts->count; i++)
		json_put_int(entry, counts->items[i].name, counts->items[i].value);
	json_object_object_add(object, key, entry);
}

/* ---- utilization ------------------------------------------------------------------------------------ */

static void print_demand(const struct fleet_counts *demand)
{
	for (size_t i = 0; i < demand->count; i++)
		printf("%s" FLEET_PREFIX "%s=%u", i ? " " : "", demand->items[i].name,
		       demand->items[i].value);
	if (demand->count)
		putchar('\n');
}

static void print_demand_json(const struct domain *domain, const struct fleet_counts *demand)
{
	struct json_object *object = json_output_start();

	json_put_string(object, "domain", domain->name);
	json_put_string(object, "uuid", domain->uuid);
	put_counts(object, "utilization", demand);
	json_output_print(object);
}

static int run_utilization(const struct arguments *arguments)
{
	CLEANUP(fleet_counts_clear) struct fleet_counts demand = { 0 };
	CLEANUP(domain_clear) struct domain domain = { 0 };
	CLEANUP_FREE char *xml = NULL;
	struct error err;
	size_t len;
	int rc = verb_read_definition(arguments->plain[0], &xml, &len, &err);

	if (rc < 0)
		return report(&err);
	if (flow_fleet_demand(&host_paths, xml, len, &domain, &demand, &err) != 0) {
		if (domain.name[0])
			(void)error_prefix(&err, "domain '%s'", domain.name);
		return report(&err);
	}
	if (arguments->json)
		print_demand_json(&domain, &demand);
	else
		print_demand(&demand);
	return EXIT_DONE;
}

const struct verb verb_utilization = {
	.name = "utilization",
	.help = "what a domain counts for in a cluster, as Pacemaker's utilization attributes",
	.arguments = "DOMAIN.xml|-",
	.run = run_utilization,
};

/* ---- capacity --------------------------------------------------------------------------------------- */

static void put_entry(struct json_object *array, const struct fleet_entry *entry, bool is_short)
{
	struct json_object *object = json_add_object(array), *names;
	char why[VERDICT_LEN];

	if (entry->count == 1)
		json_put_address(object, "address", &entry->addr);
	else
		json_put_int(object, "count", (int64_t)entry->count);
	names = json_put_array(object, "names");
	for (size_t i = 0; i < entry->names.count; i++)
		json_object_array_add(names, json_object_new_string(entry->names.items[i].name));
	json_put_string(object, "state", verdict_rows[entry->verdict.availability].state);
	if (entry->verdict.availability != AVAILABLE && !is_short)
		json_put_string(object, "why", verdict_format(&entry->verdict, why));
}

/* @most: how many entries it has; of the others, only their number */
static struct json_object *make_report(const struct fleet *fleet, bool is_short, size_t most)
{
	struct json_object *object = json_output_start(), *devices;

	json_put_int(object, "time", (int64_t)time(NULL));
	json_put_string(object, "registry", fleet->hash);
	devices = json_put_array(object, "devices");
	for (size_t i = 0; i < fleet->report.count && i < most; i++)
		put_entry(devices, &fleet->report.items[i], is_short);
	if (most < fleet->report.count)
		json_put_int(object, "more", (int64_t)(fleet->report.count - most));
	return object;
}

/* Prints it if it is short enough. */
static bool print_if_fits(struct json_object *object)
{
	bool fits = json_output_line_length(object) < FLEET_REPORT_MAX;

	if (fits)
		json_output_print_line(object);
	else
		json_object_put(object);
	return fits;
}

/* Says as much as there is room for: each device; those alike together; without reasons; some of them. */
static void print_report(struct fleet *fleet)
{
	size_t most;

	if (print_if_fits(make_report(fleet, false, SIZE_MAX)))
		return;
	fleet_report_shorten(&fleet->report);
	if (print_if_fits(make_report(fleet, false, SIZE_MAX)))
		return;
	for (most = fleet->report.count; !print_if_fits(make_report(fleet, true, most)); most /= 2)
		;
}

static int run_capacity(const struct arguments *arguments)
{
	CLEANUP(fleet_clear) struct fleet fleet = { 0 };
	struct error err;

	if (arguments_option(arguments, "report")) {
		if (flow_fleet_report(&host_paths, &fleet, &err) < 0)
			return report(&err);
		print_report(&fleet);
		return EXIT_DONE;
	}
	if (flow_fleet_capacity(&host_paths, &fleet, &err) < 0)
		return report(&err);
	if (arguments->json) {
		struct json_object *object = json_output_start();

		json_put_string(object, "registry", fleet.hash);
		put_counts(object, "capacity", &fleet.capacity);
		json_output_print(object);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < fleet.capacity.count; i++)
		printf("%s=%u\n", fleet.capacity.items[i].name, fleet.capacity.items[i].value);
	return EXIT_DONE;
}

const struct verb verb_capacity = {
	.name = "capacity",
	.help = "how many devices of each name this host has for domains of a cluster",
	.options = { { "report", NULL, "one line of JSON: the state of each device, for the other hosts" } },
	.needs_root = "reads who uses devices",
	.run = run_capacity,
};
