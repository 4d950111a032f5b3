/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/attach.h"

#include <stdio.h>

#include "cli/output/json.h"

/* Returns function @f of the grant's slot in *out; false when the guest does not have it. */
static bool function_of(const struct lease_grant *grant, uint8_t f, struct pci_addr *out)
{
	*out = grant->addr;
	out->function = f;
	return grant->functions & (1U << f);
}

void attach_print_text(const struct attach_result *result, const char *what)
{
	char name[sizeof(result->domain)];

	snprintf(name, sizeof(name), "%s", result->domain);
	keep_one_line(name);
	printf("domain '%s': %s:", name, result->grant.request.text);
	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		struct pci_addr addr;
		char text[PCI_ADDR_LEN];

		if (function_of(&result->grant, f, &addr))
			printf(" %s", pci_addr_format(&addr, text));
	}
	printf(" %s\n", what);
}

void attach_print_json(const struct attach_result *result)
{
	struct json_object *object = json_output_start();
	struct json_object *addresses = json_object_new_array();
	const struct lease_grant *grant = &result->grant;

	json_put_string(object, "domain", result->domain);
	json_put_string(object, "uuid", result->uuid);
	json_put_string(object, "request", grant->request.text);
	json_put_string(object, "model", grant->model);
	json_put_string(object, "type", grant->type);
	json_object_object_add(object, "group", json_object_new_int(grant->group));
	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		struct pci_addr addr;
		char text[PCI_ADDR_LEN];

		if (function_of(grant, f, &addr))
			json_object_array_add(addresses,
					      json_object_new_string(pci_addr_format(&addr, text)));
	}
	json_object_object_add(object, "addresses", addresses);
	json_output_print(object);
}
