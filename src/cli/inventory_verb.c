/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/inventory_verb.h"

#include "cli/commands.h"

int inventory_verb(int argc, char *argv[], inventory_print_fn *print_text, inventory_print_fn *print_json)
{
	struct inventory inventory;
	struct options options;
	struct error err;
	int rc = options_parse(argc, argv, NULL, &options);

	if (rc != EXIT_DONE)
		return rc;
	rc = inventory_read(&host_flow, &inventory, &err);
	if (rc < 0)
		rc = report(&err);
	else if (options.json)
		print_json(&inventory);
	else
		print_text(&inventory);
	inventory_clear(&inventory);
	return rc;
}
