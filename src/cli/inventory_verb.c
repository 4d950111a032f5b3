/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/inventory_verb.h"

#include "cli/commands.h"

int inventory_verb(const struct arguments *arguments, inventory_print_fn *print_text,
		   inventory_print_fn *print_json)
{
	struct inventory inventory;
	struct error err;
	int rc = inventory_read(&host_flow, &inventory, &err);

	if (rc < 0)
		rc = report(&err);
	else if (arguments->json)
		print_json(&inventory);
	else
		print_text(&inventory);
	inventory_clear(&inventory);
	return rc;
}
