/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag define: a model of the registry, in its own file; undefine; enable, disable: its key `enabled`. */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/registry_report.h"
#include "cli/output/table.h"

/* The keys of the plain arguments after the model's name. Options give the other keys, by the same name. */
static const char *const plain_keys[] = { "type", "vendor", "device" };

static int set(struct model *model, const char *key, const char *value, struct error *err)
{
	if (!value)
		return 0;
	return model_set(model, key, value, err) < 0 ? error_prefix(err, "define") : 0;
}

static int read_model(const struct arguments *arguments, struct model *model, struct error *err)
{
	int rc = model_init(model, arguments->plain[0], "define", 0, err);

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(plain_keys); i++)
		rc = set(model, plain_keys[i], arguments->plain[i + 1], err);
	for (size_t i = 0; rc == 0 && arguments->verb->options[i].name; i++)
		rc = set(model, arguments->verb->options[i].name, arguments->values[i], err);
	return rc == 0 ? model_check(model, err) : rc;
}

static void print_defined(const char *model, const struct registry_change *change)
{
	if (change->outcome == EDIT_UNCHANGED)
		printf("%s is defined so already, in %s; nothing is changed\n", model, change->file);
	else if (change->outcome == EDIT_REPLACED)
		printf("%s is defined anew, in %s\n", model, change->file);
	else
		printf("%s is defined, in %s\n", model, change->file);
	if (!change->enabled)
		printf("it is disabled; pcitag enable %s\n", model);
}

static int run_define(const struct arguments *arguments)
{
	CLEANUP(registry_change_clear) struct registry_change change = { 0 };
	CLEANUP(model_clear) struct model model = { 0 };
	const char *name = arguments->plain[0];
	struct error err;

	if (read_model(arguments, &model, &err) != 0 || flow_define(&host_paths, &model, &change, &err) != 0)
		return report(&err);
	if (arguments->json)
		return report_devices(name, registry_change_json(name, &change));
	print_defined(name, &change);
	return report_devices(name, NULL);
}

const struct verb verb_define = {
	.name = "define",
	.help = "describe a model of devices that guests may have",
	.arguments = "MODEL TYPE VENDOR DEVICE",
	.options = { { "hosts", "LIST", "only for hosts of these names" },
		     { "subsystem", "VVVV:DDDD", "only boards with these ids" },
		     { "class", "CODE", "only devices of this class" },
		     { "revision", "RR", "only devices of this revision" },
		     { "address", "LIST", "only devices at these addresses" },
		     { "exclude", "LIST", "no devices at these addresses" },
		     { "driver", "NAME", "a VFIO driver other than vfio-pci" },
		     { "functions", "one|all", "or numbers: what of the slot the guest gets" },
		     { "rombar", "on|off", "whether the guest sees the device's ROM" },
		     { "romfile", "ROM", "a file of pcitag rom list in its place" },
		     { "qemu", "LIST", "properties of vfio-pci: x-vga=on" } },
	.needs_root = "changes the registry",
	.run = run_define,
};

static void print_held(const char *model, const struct registry_change *change)
{
	char addr[PCI_ADDR_LEN];

	for (size_t i = 0; i < change->held.count; i++)
		print_line("%s stays held since domain %s has used it; pcitag clean --as-is and its address "
			   "frees it",
			   pci_addr_format(&change->held.items[i].addr, addr), change->held.items[i].domain);
	if (change->after_use != AFTER_RETURN)
		print_line("%s had after_use = %s: devices of it that another model matches go from guest to "
			   "guest as that model says",
			   model, after_use_name(change->after_use));
}

static void print_undefined(const char *model, const struct registry_change *change)
{
	if (change->outcome == EDIT_REMOVED)
		printf("%s is gone, and with it its file %s\n", model, change->file);
	else
		printf("%s is gone from %s\n", model, change->file);
	if (change->left_of_type == 0)
		printf("no model of type %s is left: a domain that asks for one will not start\n",
		       change->type);
	print_held(model, change);
}

static void put_users(struct json_object *object, const char *key, const struct model_users *users)
{
	struct json_object *array = json_put_array(object, key);

	for (size_t i = 0; i < users->count; i++) {
		struct json_object *entry = json_add_object(array);

		json_put_string(entry, "domain", users->items[i].domain);
		json_put_address(entry, "address", &users->items[i].addr);
	}
}

static void print_undefined_json(const char *model, const struct registry_change *change)
{
	struct json_object *object = registry_change_json(model, change);

	put_users(object, "held", &change->held);
	json_output_print(object);
}

static int run_undefine(const struct arguments *arguments)
{
	CLEANUP(registry_change_clear) struct registry_change change = { 0 };
	const char *name = arguments->plain[0];
	struct error err;

	if (flow_undefine(&host_paths, name, &change, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_undefined_json(name, &change);
	else
		print_undefined(name, &change);
	return EXIT_DONE;
}

const struct verb verb_undefine = {
	.name = "undefine",
	.help = "take a model out of the registry",
	.arguments = "MODEL",
	.needs_root = "changes the registry",
	.run = run_undefine,
};

/* ---- pcitag enable, pcitag disable ------------------------------------------------------------------ */

static void print_enabled(const char *model, const struct registry_change *change)
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

static int print_enabled_json(const char *model, const struct registry_change *change)
{
	struct json_object *object = registry_change_json(model, change);

	if (change->enabled)
		return report_devices(model, object);
	put_users(object, "users", &change->users);
	json_output_print(object);
	return EXIT_DONE;
}

static int run_enable(const struct arguments *arguments)
{
	const bool enabled = arguments->verb == &verb_enable, drain = arguments_option(arguments, "drain");
	const char *name = arguments->plain[0];
	CLEANUP(registry_change_clear) struct registry_change change = { 0 };
	struct error err;

	if (flow_enable(&host_paths, name, enabled, drain, &change, &err) != 0)
		return report(&err);
	if (arguments->json)
		return print_enabled_json(name, &change);
	print_enabled(name, &change);
	return enabled ? report_devices(name, NULL) : EXIT_DONE;
}

const struct verb verb_enable = {
	.name = "enable",
	.help = "assign devices of a model again",
	.arguments = "MODEL",
	.needs_root = "changes the registry",
	.run = run_enable,
};

const struct verb verb_disable = {
	.name = "disable",
	.help = "assign no device of a model for now",
	.arguments = "MODEL",
	.options = { { "drain", NULL, "also while domains have some: they keep them" } },
	.needs_root = "changes the registry",
	.run = run_enable,
};
