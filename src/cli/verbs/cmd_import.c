/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag import: creates a registry file from a list of devices that was kept for another program. */
#include <stdio.h>
#include <string.h>

#include "cli/verb.h"
#include "cli/output/registry_report.h"
#include "cli/output/table.h"
#include "flow/configure/registry_import.h"
#include "flow/view/inventory.h"
#include "model/registry/doubts.h"

#define UNKNOWN SIZE_MAX

/* Returns the number of devices of this host that match @model; UNKNOWN when @inventory is NULL. */
static size_t count_devices(const struct inventory *inventory, const struct model *model)
{
	return inventory ? model_count_matches(model, &inventory->host.topology) : UNKNOWN;
}

static void print_mistakes(const struct pci_devices *devices)
{
	for (size_t i = 0; i < devices->mistake_count; i++)
		(void)report_text(0, "%s", devices->mistakes[i].text);
	if (devices->untold)
		(void)report_text(0, "import: and %zu mistakes more", devices->untold);
}

/* When the list uses names other than types, prints once for each of them which type it became. */
static void print_types(const struct registry_import *import)
{
	const struct pci_devices *devices = &import->devices;

	for (size_t i = 0; devices->selector_count && i < devices->comment_count; i++) {
		bool is_told = false;

		for (size_t j = 0; j < i; j++)
			is_told = is_told || strcmp(devices->comments[j], devices->comments[i]) == 0;
		keep_one_line(devices->comments[i]);
		if (!is_told)
			printf("%s\n", devices->comments[i]);
	}
}

static void print_text(const struct registry_import *import, const struct inventory *inventory)
{
	bool is_missing = false;
	struct table table;

	table_start(&table, "MODEL", "TYPE", "ID", "DEVICES HERE", "LINE", "IN PCI.IDS");
	for (size_t i = import->first; i < import->registry.count; i++) {
		const struct model *model = &import->registry.models[i];
		size_t count = count_devices(inventory, model);
		char ids[MODEL_DEVICES_LEN];
		const char *name = import->names ? import->names[i - import->first].device : "";

		is_missing = is_missing || count == 0;
		table_cell(&table, "%s%s", model->name, model->enabled ? "" : " (disabled)");
		table_cell(&table, "%s", model->type);
		table_cell(&table, "%04x:%s", model->vendor, model_devices(model, ids));
		if (count == UNKNOWN)
			table_cell(&table, "?");
		else
			table_cell(&table, "%zu", count);
		table_cell(&table, "%u", model->line);
		table_cell(&table, "%s", name[0] ? name : "-");
	}
	table_print(&table);
	print_types(import);
	if (import->change.outcome == EDIT_UNCHANGED)
		printf("these are in %s already; nothing is changed\n", import->change.file);
	else
		printf("these are in %s now; next: pcitag list\n", import->change.file);
	if (is_missing)
		printf("what has no device here is for other hosts, or has a wrong id: compare with pcitag "
		       "probe\n");
}

static void put_models(struct json_object *object, const struct registry_import *import,
		       const struct inventory *inventory)
{
	struct json_object *models = json_put_array(object, "models");

	for (size_t i = import->first; i < import->registry.count; i++) {
		const struct model *model = &import->registry.models[i];
		size_t count = count_devices(inventory, model);
		struct json_object *entry = json_add_object(models);

		json_put_string(entry, "model", model->name);
		json_put_string(entry, "type", model->type);
		json_put_int(entry, "line", model->line);
		json_put_bool(entry, "enabled", model->enabled);
		if (count == UNKNOWN)
			json_put_string(entry, "devices", NULL);
		else
			json_put_int(entry, "devices", (int64_t)count);
		json_put_string(entry, "device_name",
				import->names ? import->names[i - import->first].device : NULL);
	}
}

static void put_mistakes(struct json_object *object, const struct pci_devices *devices)
{
	struct json_object *mistakes = json_put_array(object, "mistakes");

	for (size_t i = 0; i < devices->mistake_count; i++) {
		struct json_object *entry = json_add_object(mistakes);

		keep_one_line(devices->mistakes[i].text);
		json_put_int(entry, "line", devices->mistakes[i].line);
		json_put_string(entry, "text", devices->mistakes[i].text);
	}
}

/* @inventory: NULL when nothing was written, or when this host cannot be read */
static void print_json(const struct registry_import *import, bool dry_run, const struct inventory *inventory)
{
	struct json_object *object = json_output_start();

	json_put_string(object, "file", import->change.file);
	json_put_string(object, "outcome", dry_run ? "dry run" : edit_outcome_name(import->change.outcome));
	put_models(object, import, inventory);
	put_mistakes(object, &import->devices);
	json_put_string(object, "text", import->text.at);
	json_output_print(object);
}

/* Prints what was written, and which devices of this host match it. */
static int show(const struct arguments *arguments, const struct registry_import *import)
{
	CLEANUP(inventory_clear) struct inventory inventory = { 0 };
	struct error err;
	const struct inventory *known =
		inventory_read(&host_paths, NULL, &inventory, &err) < 0 ? NULL : &inventory;

	if (arguments->json)
		print_json(import, false, known);
	else
		print_text(import, known);
	(void)fflush(stdout);
	if (known)
		return EXIT_DONE;
	(void)report(&err);
	return EXIT_FINDINGS;
}

static int run(const struct arguments *arguments)
{
	bool dry_run = arguments_option(arguments, "dry-run");
	CLEANUP(registry_import_clear) struct registry_import import = { 0 };
	struct error err;
	int rc;

	if (!dry_run && geteuid() != 0)
		return verb_needs_root(arguments->verb, "changes the registry unless --dry-run is given");
	rc = flow_import(&host_paths, arguments->plain[0], arguments_option(arguments, "type"), dry_run,
			 &import, &err);
	if (rc != 0) {
		print_mistakes(&import.devices);
		return report(&err);
	}
	if (!dry_run)
		rc = show(arguments, &import);
	else if (arguments->json)
		print_json(&import, true, NULL);
	else
		printf("%s", import.text.at);
	(void)fflush(stdout); /* the result before the omitted entries */
	print_mistakes(&import.devices);
	return import.devices.mistake_count ? EXIT_FINDINGS : rc;
}

const struct verb verb_import = {
	.name = "import",
	.help = "take over the devices of a list for libvirt-provider, KubeVirt, Harvester or Nova",
	.arguments = "FILE",
	.options = { { "dry-run", NULL, "only show the section of each; needs no root" },
		     { "type", "TYPE", "only devices of this type" } },
	.run = run,
};
