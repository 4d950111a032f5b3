/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag cluster setup: how a cluster is to be configured; pcitag plan --cluster: where a domain could start.
 */
#include <stdio.h>
#include <string.h>

#include "cli/output/json.h"
#include "cli/output/table.h"
#include "cli/verb.h"
#include "flow/cluster/setup.h"
#include "flow/view/cluster.h"

/* ---- plan --cluster --------------------------------------------------------------------------------- */

static void add_device(struct table *table, const char *node, const char *request,
		       const struct remote_device *device)
{
	table_cell(table, "%s", node);
	table_cell(table, "%s", request);
	if (device->address[0])
		table_cell(table, "%s", device->address);
	else
		table_cell(table, "%u of them", device->count);
	table_coloured_cell(table, remote_is_free(device) ? COLOUR_GOOD : COLOUR_NONE, "%s", device->state);
	table_cell(table, "%s", device->why);
}

static void print_devices(const struct cluster_plan *plan)
{
	struct table table;

	table_start(&table, "NODE", "REQUEST", "ADDRESS", "STATE", "WHY");
	for (size_t n = 0; n < plan->nodes.count; n++) {
		const struct remote_report *devices = &plan->places[n].report;

		for (size_t r = 0; r < plan->domain.request_count; r++) {
			const struct request *request = &plan->domain.requests[r];

			for (size_t d = 0; d < devices->count; d++) {
				if (remote_answers(&devices->devices[d], request->name))
					add_device(&table, plan->nodes.items[n].name, request->text,
						   &devices->devices[d]);
			}
		}
	}
	(void)table_print_rows(&table);
}

static void print_node(const struct cluster_node *node, const struct cluster_place *place)
{
	char age[64] = "";

	if (place->has_report && place->age >= 0)
		snprintf(age, sizeof(age), " (report of %lld s ago)", (long long)place->age);
	print_line("node %s: %s%s%s%s%s", node->name, place->why[0] ? "not there: " : "could start",
		   place->why, age, place->remark[0] ? "; " : "", place->remark);
}

static void put_place_devices(struct json_object *object, const struct cluster_plan *plan,
			      const struct remote_report *place)
{
	struct json_object *devices = json_put_array(object, "devices");

	for (size_t r = 0; r < plan->domain.request_count; r++) {
		for (size_t d = 0; d < place->count; d++) {
			const struct remote_device *device = &place->devices[d];
			struct json_object *entry;

			if (!remote_answers(device, plan->domain.requests[r].name))
				continue;
			entry = json_add_object(devices);
			json_put_string(entry, "request", plan->domain.requests[r].text);
			json_put_string(entry, "address", device->address);
			json_put_int(entry, "count", device->count);
			json_put_string(entry, "state", device->state);
			json_put_string(entry, "why", device->why);
		}
	}
}

static void print_plan_json(const struct cluster_plan *plan)
{
	struct json_object *object = json_output_start(), *nodes;

	json_put_string(object, "domain", plan->domain.name);
	json_put_string(object, "uuid", plan->domain.uuid);
	json_put_bool(object, "starts", plan->possible > 0);
	nodes = json_put_array(object, "nodes");
	for (size_t i = 0; i < plan->nodes.count; i++) {
		const struct cluster_place *place = &plan->places[i];
		struct json_object *entry = json_add_object(nodes);

		json_put_string(entry, "node", plan->nodes.items[i].name);
		json_put_bool(entry, "starts", !place->why[0]);
		json_put_string(entry, "why", place->why);
		json_put_string(entry, "remark", place->remark);
		if (place->has_report && place->age >= 0)
			json_put_int(entry, "age", place->age);
		else
			json_put_string(entry, "age", NULL);
		put_place_devices(entry, plan, &place->report);
	}
	json_output_print(object);
}

static void print_plan(const struct cluster_plan *plan)
{
	print_devices(plan);
	for (size_t i = 0; i < plan->nodes.count; i++)
		print_node(&plan->nodes.items[i], &plan->places[i]);
}

int cluster_plan_run(const struct arguments *arguments)
{
	CLEANUP(cluster_plan_clear) struct cluster_plan plan = { 0 };
	CLEANUP_FREE char *xml = NULL;
	struct error err;
	size_t len;
	int rc = verb_read_definition(arguments->plain[0], &xml, &len, &err);

	if (rc < 0 || flow_cluster_plan(&host_paths, xml, len, &plan, &err) < 0)
		return report(&err);
	(arguments->json ? print_plan_json : print_plan)(&plan);
	(void)fflush(stdout); /* the table before the refusal, when both go to the same place */
	if (plan.possible)
		return EXIT_DONE;
	return report_text(0, "domain '%s': none of the %zu nodes of the cluster could start it now",
			   plan.domain.name, plan.nodes.count);
}

/* ---- cluster setup ---------------------------------------------------------------------------------- */

static int print_setup_json(const struct cluster_script *setup, size_t done)
{
	struct json_object *object = json_output_start(), *array = json_put_array(object, "commands");

	for (size_t i = 0; i < setup->count; i++) {
		CLEANUP_FREE char *text = cluster_command_text(&setup->commands[i]);

		json_object_array_add(array, text ? json_object_new_string(text) : NULL);
	}
	array = json_put_array(object, "remarks");
	for (size_t i = 0; i < setup->remark_count; i++)
		json_object_array_add(array, json_object_new_string(setup->remarks[i]));
	json_put_int(object, "applied", (int64_t)done);
	json_output_print(object);
	return EXIT_DONE;
}

/* Comments, so that the whole can be passed to a shell. */
static int print_setup(const struct cluster_script *setup)
{
	for (size_t i = 0; i < setup->remark_count; i++)
		print_line("# %s", setup->remarks[i]);
	for (size_t i = 0; i < setup->count; i++) {
		CLEANUP_FREE char *text = cluster_command_text(&setup->commands[i]);

		if (!text)
			return report_text(0, "cannot hold the commands for the cluster");
		print_line("%s", text);
	}
	if (!setup->count)
		print_line("# the cluster is configured so already");
	return EXIT_DONE;
}

static int apply(const struct arguments *arguments, const struct cluster_script *setup)
{
	struct error err;
	size_t done;
	int rc = flow_cluster_apply(setup, &done, &err), shown;

	shown = arguments->json ? print_setup_json(setup, done) : print_setup(setup);
	(void)fflush(stdout);
	if (rc == 0)
		return shown;
	(void)error_prefix(&err, "cluster setup --apply: %zu of %zu commands are done; the next one", done,
			   setup->count);
	return report(&err);
}

static int run_cluster(const struct arguments *arguments)
{
	CLEANUP(cluster_script_clear) struct cluster_script setup = { 0 };
	const char *files = arguments->plain[1] ? arguments->plain[1] : "";
	bool is_applied = arguments_option(arguments, "apply") != NULL;
	enum cluster_shell shell =
		arguments_option(arguments, "crmsh") ? CLUSTER_SHELL_CRM : cluster_setup_shell();
	struct error err;

	if (strcmp(arguments->plain[0], "setup") != 0)
		return report_usage_text("cluster %.64s: write cluster setup", arguments->plain[0]);
	if (is_applied && geteuid() != 0)
		return verb_needs_root(arguments->verb, "setup --apply changes the cluster");
	if (flow_cluster_setup(&host_paths, shell, files, &setup, &err) < 0)
		return report(&err);
	if (is_applied)
		return apply(arguments, &setup);
	return arguments->json ? print_setup_json(&setup, 0) : print_setup(&setup);
}

const struct verb verb_cluster = {
	.name = "cluster",
	.help = "the commands for pcs or crmsh that make Pacemaker place domains by their devices",
	.arguments = "setup [FILE...]",
	.options = { { "apply", NULL, "run them" },
		     { "crmsh", NULL, "for crmsh, also where pcs is installed" } },
	.run = run_cluster,
};
