/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag vf: the virtual functions of this host's devices. */
#include <stdio.h>
#include <string.h>

#include "cli/output/json.h"
#include "cli/output/table.h"
#include "cli/verb.h"
#include "flow/configure/virtual_functions.h"

#define CHANGES "changes the number of virtual functions"

static void put_function(struct json_object *functions, const struct physical_function *pf)
{
	struct json_object *entry = json_add_object(functions), *vfs;

	json_put_address(entry, "address", &pf->addr);
	json_put_string(entry, "model", pf->model);
	json_put_int(entry, "wanted", pf->wanted);
	json_put_int(entry, "possible", pf->sriov.total);
	json_put_string(entry, "driver", pf->driver);
	if (pf->sriov.vf_device) {
		json_put_hex(entry, "vendor", 4, pf->id.vendor);
		json_put_hex(entry, "vf_device", 4, pf->sriov.vf_device);
	}
	json_put_bool(entry, "autoprobe", pf->sriov.autoprobe);
	vfs = json_put_array(entry, "virtual_functions");
	for (size_t i = 0; i < pf->sriov.count; i++)
		json_add_address(vfs, &pf->sriov.vfs[i]);
	json_put_bool(entry, "changed", pf->is_changed);
	json_put_string(entry, "problem", pf->why.msg);
}

static void print_json(const struct physical_functions *list)
{
	struct json_object *object = json_output_start();
	struct json_object *functions = json_put_array(object, "functions");

	for (size_t i = 0; i < list->count; i++)
		put_function(functions, &list->items[i]);
	json_output_print(object);
}

/* ---- show --------------------------------------------------------------------------------------------- */

static void print_table(const struct physical_functions *list)
{
	struct table table;

	table_start(&table, "ADDRESS", "MODEL", "WANTED", "HAS", "POSSIBLE", "DRIVER", "VF IDS", "FIRST");
	for (size_t i = 0; i < list->count; i++) {
		const struct physical_function *pf = &list->items[i];
		bool differs = physical_function_differs(pf);
		char addr[PCI_ADDR_LEN];

		table_cell(&table, "%s", pci_addr_format(&pf->addr, addr));
		table_cell(&table, "%s", pf->model[0] ? pf->model : "-");
		if (pf->wanted)
			table_cell(&table, "%u", pf->wanted);
		else
			table_cell(&table, "-");
		table_coloured_cell(&table, differs ? COLOUR_WARNING : COLOUR_NONE, "%zu", pf->sriov.count);
		table_cell(&table, "%u", pf->sriov.total);
		table_cell(&table, "%s", pf->driver[0] ? pf->driver : "-");
		if (pf->sriov.vf_device)
			table_cell(&table, "%04x:%04x", pf->id.vendor, pf->sriov.vf_device);
		else
			table_cell(&table, "-");
		table_cell(&table, "%s", pf->sriov.count ? pci_addr_format(&pf->sriov.vfs[0], addr) : "-");
	}
	(void)table_print_rows(&table);
}

static bool any_differs(const struct physical_functions *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (physical_function_differs(&list->items[i]))
			return true;
	}
	return false;
}

static int run_show(const struct arguments *arguments, const struct pci_addr *addr)
{
	CLEANUP(physical_functions_clear) struct physical_functions list = { 0 };
	struct error err;

	if (flow_vf_list(&host_paths, addr, &list, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_json(&list);
	else
		print_table(&list);
	return any_differs(&list) ? EXIT_FINDINGS : EXIT_DONE;
}

/* ---- create, remove ----------------------------------------------------------------------------------- */

static void print_created(const struct physical_functions *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct physical_function *pf = &list->items[i];
		char addr[PCI_ADDR_LEN], first[PCI_ADDR_LEN];

		pci_addr_format(&pf->addr, addr);
		if (!pf->why.msg[0] && pf->sriov.count)
			print_line("%s has %zu virtual functions%s, the first is %s", addr, pf->sriov.count,
				   pf->is_changed ? " now" : " already",
				   pci_addr_format(&pf->sriov.vfs[0], first));
	}
	if (list->count == 0)
		print_line("no model of the registry wants virtual functions of this host's devices");
}

static int run_create(const struct arguments *arguments, const struct vf_choice *choice)
{
	CLEANUP(physical_functions_clear) struct physical_functions list = { 0 };
	struct error err;
	int rc = EXIT_DONE;

	if (flow_vf_create(&host_paths, choice, &list, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_json(&list);
	else
		print_created(&list);
	for (size_t i = 0; i < list.count; i++) {
		if (list.items[i].why.msg[0])
			rc = report(&list.items[i].why);
	}
	return rc;
}

static int run_remove(const struct arguments *arguments, const struct pci_addr *addr)
{
	CLEANUP(physical_functions_clear) struct physical_functions list = { 0 };
	char text[PCI_ADDR_LEN];
	struct error err;

	if (flow_vf_remove(&host_paths, addr, &list, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_json(&list);
	else
		print_line("%s has no virtual functions%s", pci_addr_format(addr, text),
			   list.items[0].is_changed ? " any more" : "");
	return EXIT_DONE;
}

static int wrong_usage(void)
{
	return report_usage_text(
		"vf: write vf create [ADDRESS|MODEL], vf remove ADDRESS or vf show [ADDRESS]");
}

static int run(const struct arguments *arguments)
{
	const char *what = arguments->plain[0], *of = arguments->plain[1];
	bool settles = arguments_option(arguments, "settle") != NULL, is_address;
	struct pci_addr addr;

	is_address = of && pci_addr_parse_any(of, &addr) == 0;
	if (strcmp(what, "show") == 0 && (!of || is_address) && !settles)
		return run_show(arguments, of ? &addr : NULL);
	if (strcmp(what, "create") == 0 && (!of || is_address || name_valid(of)))
		return geteuid() == 0
			       ? run_create(arguments, &(struct vf_choice){ is_address ? &addr : NULL,
									    is_address ? NULL : of, settles })
			       : verb_needs_root(arguments->verb, CHANGES);
	if (strcmp(what, "remove") == 0 && is_address && !settles)
		return geteuid() == 0 ? run_remove(arguments, &addr)
				      : verb_needs_root(arguments->verb, CHANGES);
	return wrong_usage();
}

const struct verb verb_vf = {
	.name = "vf",
	.help = "virtual functions: make those that the registry wants",
	.arguments = "create|remove|show [ADDRESS|MODEL]",
	.options = { { "settle", NULL, "create: at boot, wait for udev and the drivers first" } },
	.run = run,
};
