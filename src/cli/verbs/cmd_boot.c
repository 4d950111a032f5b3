/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag boot: the udev rules with which devices never meet their native driver (the registry's key boot). */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/json.h"
#include "cli/output/table.h"
#include "flow/configure/boot_rules.h"

static const char *state_of(const struct boot_rules *rules)
{
	return rules->is_current ? rules->text ? "current" : "none" : "differs";
}

static void print_json(const struct boot_rules *rules, bool is_written)
{
	struct json_object *object = json_output_start(), *devices;

	json_put_string(object, "file", BOOT_RULES_FILE);
	json_put_string(object, "state", state_of(rules));
	json_put_bool(object, "written", is_written);
	json_put_string(object, "stale", rules->stale ? rules->stale : "");
	json_put_string(object, "text", rules->text ? rules->text : "");
	devices = json_put_array(object, "devices");
	for (size_t i = 0; i < rules->count; i++) {
		const struct boot_device *device = &rules->devices[i];
		struct json_object *entry = json_add_object(devices);

		json_put_address(entry, "address", &device->addr);
		json_put_string(entry, "model", device->model);
		json_put_string(entry, "wanted", device->wanted);
		json_put_string(entry, "driver", device->driver);
		json_put_bool(entry, "rule", device->has_rule);
	}
	json_output_print(object);
}

static void print_devices(const struct boot_rules *rules)
{
	struct table table;

	table_start(&table, "ADDRESS", "MODEL", "AT BOOT", "DRIVER NOW", "RULE");
	for (size_t i = 0; i < rules->count; i++) {
		const struct boot_device *device = &rules->devices[i];
		char addr[PCI_ADDR_LEN];

		table_cell(&table, "%s", pci_addr_format(&device->addr, addr));
		table_cell(&table, "%s", device->model);
		table_cell(&table, "%s", device->wanted);
		table_cell(&table, "%s", device->driver[0] ? device->driver : "-");
		table_cell(&table, "%s", device->has_rule ? "yes" : "no");
	}
	table_print(&table);
}

static void print_text(const struct boot_rules *rules, bool is_written)
{
	static const char initramfs[] = "update-initramfs -u -k all, or dracut --force --regenerate-all";

	if (rules->count)
		print_devices(rules);
	if (rules->stale)
		print_line("%s has a rule for %s, which the registry does not want for what is there now",
			   BOOT_RULES_FILE, rules->stale);
	if (is_written)
		print_line("%s is %s; make the initramfs anew (%s), then reboot", BOOT_RULES_FILE,
			   rules->text ? "written" : "removed", initramfs);
	else if (!rules->is_current)
		print_line("%s differs from the registry: pcitag boot --write", BOOT_RULES_FILE);
	else if (!rules->text)
		print_line("no model of this host has boot = vfio");
	else
		print_line("%s is what the registry says", BOOT_RULES_FILE);
}

static int run(const struct arguments *arguments)
{
	bool writes = arguments_option(arguments, "write") != NULL;
	CLEANUP(boot_rules_clear) struct boot_rules rules = { 0 };
	struct error err;
	bool is_due;

	if (writes && geteuid() != 0)
		return verb_needs_root(arguments->verb, "--write changes " BOOT_RULES_FILE);
	if (flow_boot_rules(&host_paths, &rules, &err) < 0)
		return report(&err);
	is_due = writes && !rules.is_current;
	if (is_due && flow_boot_rules_write(&rules, &err) < 0)
		return report(&err);
	if (arguments->json)
		print_json(&rules, is_due);
	else
		print_text(&rules, is_due);
	return writes || rules.is_current ? EXIT_DONE : EXIT_FINDINGS;
}

const struct verb verb_boot = {
	.name = "boot",
	.help = "the udev rules for devices that stay away from their native driver",
	.options = { { "write", NULL, "write them for this host and its registry" } },
	.run = run,
};
