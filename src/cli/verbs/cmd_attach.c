/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag attach, pcitag detach: change which devices a running domain has. */
#include "cli/verb.h"
#include "cli/output/json.h"
#include "cli/output/table.h"
#include "flow/hotplug/attach.h"

/* Returns function @f of the grant's slot in *out; false when the guest does not have it. */
static bool function_of(const struct lease_grant *grant, uint8_t f, struct pci_addr *out)
{
	*out = grant->addr;
	out->function = f;
	return grant->functions & (1U << f);
}

static void print_text(const struct attach_result *result, const char *what)
{
	char functions[PCI_FUNCTIONS * (PCI_ADDR_LEN + 1)] = "", text[PCI_ADDR_LEN];
	struct pci_addr addr;

	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		if (function_of(&result->grant, f, &addr))
			text_append(functions, sizeof(functions), " %s", pci_addr_format(&addr, text));
	}
	print_line("domain '%s': %s:%s %s", result->domain, result->grant.request.text, functions, what);
}

static void print_json(const struct attach_result *result)
{
	struct json_object *object = json_output_start(), *addresses;
	const struct lease_grant *grant = &result->grant;
	struct pci_addr addr;

	json_put_string(object, "domain", result->domain);
	json_put_string(object, "uuid", result->uuid);
	json_put_string(object, "request", grant->request.text);
	json_put_string(object, "model", grant->model);
	json_put_string(object, "type", grant->type);
	json_put_int(object, "group", grant->group);
	addresses = json_put_array(object, "addresses");
	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		if (function_of(grant, f, &addr))
			json_add_address(addresses, &addr);
	}
	json_output_print(object);
}

static int run(const struct arguments *arguments)
{
	bool is_attach = arguments->verb == &verb_attach;
	struct attach_result result;
	struct error err;
	int rc = is_attach
			 ? flow_attach(&host_paths, arguments->plain[0], arguments->plain[1], &result, &err)
			 : flow_detach(&host_paths, arguments->plain[0], arguments->plain[1], &result, &err);

	if (rc != 0)
		return report(&err);
	if (arguments->json)
		print_json(&result);
	else
		print_text(&result, is_attach ? "attached" : "detached and returned");
	return EXIT_DONE;
}

const struct verb verb_attach = {
	.name = "attach",
	.help = "give a running domain a device, until it ends or detach",
	.arguments = "DOMAIN REQUEST",
	.needs_root = "moves devices between drivers",
	.run = run,
};

const struct verb verb_detach = {
	.name = "detach",
	.help = "take a device out of a running domain again",
	.arguments = "DOMAIN REQUEST|ADDRESS",
	.needs_root = "moves devices between drivers",
	.run = run,
};
