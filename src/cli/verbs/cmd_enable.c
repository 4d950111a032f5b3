/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag enable, pcitag disable: set the key `enabled` of a model. */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/registry_report.h"
#include "cli/output/table.h"

static void print_text(const char *model, const struct registry_change *change)
{
	const char *word = change->enabled ? "enabled" : "disabled";

	if (change->outcome == EDIT_UNCHANGED)
		printf("%s is %s already, in %s; nothing is changed\n", model, word, change->file);
	else
		printf("%s is %s, in %s\n", model, word, change->file);
	for (size_t i = 0; i < change->users.count; i++) {
		char addr[PCI_ADDR_LEN];

		print_line("domain %s keeps %s until it ends", change->users.items[i].domain,
			   pci_addr_format(&change->users.items[i].addr, addr));
	}
}

static int print_json(const char *model, const struct registry_change *change)
{
	struct json_object *object = registry_change_json(model, change), *users;

	if (change->enabled)
		return report_devices(model, object);
	users = json_put_array(object, "users");
	for (size_t i = 0; i < change->users.count; i++) {
		struct json_object *entry = json_add_object(users);

		json_put_string(entry, "domain", change->users.items[i].domain);
		json_put_address(entry, "address", &change->users.items[i].addr);
	}
	json_output_print(object);
	return EXIT_DONE;
}

static int run(const struct arguments *arguments)
{
	const bool enabled = arguments->verb == &verb_enable, drain = arguments_option(arguments, "drain");
	const char *name = arguments->plain[0];
	CLEANUP(registry_change_clear) struct registry_change change = { 0 };
	struct error err;

	if (flow_enable(&host_paths, name, enabled, drain, &change, &err) != 0)
		return report(&err);
	if (arguments->json)
		return print_json(name, &change);
	print_text(name, &change);
	return enabled ? report_devices(name, NULL) : EXIT_DONE;
}

const struct verb verb_enable = {
	.name = "enable",
	.help = "assign devices of a model again",
	.arguments = "MODEL",
	.needs_root = "changes the registry",
	.run = run,
};

const struct verb verb_disable = {
	.name = "disable",
	.help = "assign no device of a model for now",
	.arguments = "MODEL",
	.options = { { "drain", NULL, "also while domains have some: they keep them" } },
	.needs_root = "changes the registry",
	.run = run,
};
