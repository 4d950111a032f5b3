/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag undefine: removes a model from the registry. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/output/registry_report.h"

static void print_text(const char *model, const struct registry_change *change)
{
	if (change->outcome == EDIT_REMOVED)
		printf("%s is gone, and with it its file %s\n", model, change->file);
	else
		printf("%s is gone from %s\n", model, change->file);
	if (change->left_of_type == 0)
		printf("no model of type %s is left: a domain that asks for one will not start\n",
		       change->type);
}

static int run(const struct arguments *arguments)
{
	const char *name = arguments->plain[0];
	struct registry_change change = { 0 };
	struct error err;
	int rc = flow_undefine(&host_paths, name, &change, &err);

	if (rc != 0)
		rc = report(&err);
	else if (arguments->json)
		json_output_print(registry_change_json(name, &change));
	else
		print_text(name, &change);
	registry_change_clear(&change);
	return rc;
}

const struct verb verb_undefine = {
	.name = "undefine",
	.topic = TOPIC_REGISTRY,
	.help = "take a model out of the registry",
	.arguments = "MODEL",
	.needs_root = "changes the registry",
	.run = run,
};
