/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/inventory_verb.h"

#include "cli/commands.h"

int inventory_verb(const struct arguments *arguments, inventory_print_fn *print_text,
		   inventory_print_fn *print_json)
{
	struct device_filter filter;
	struct inventory inventory;
	struct error err;
	int rc = device_filter_read(arguments, &filter);

	if (rc != EXIT_DONE)
		return rc;
	rc = inventory_read_named(&host_paths, filter.model ? filter.model : filter.type, &inventory, &err);
	if (rc == 0)
		rc = device_filter_check(&filter, arguments->verb->name, &inventory.plan.registry, &err);
	if (rc < 0)
		rc = report(&err);
	else if (arguments->json)
		print_json(&inventory, &filter);
	else
		print_text(&inventory, &filter);
	inventory_clear(&inventory);
	return rc;
}
