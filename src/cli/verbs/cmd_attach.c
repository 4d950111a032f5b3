/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag attach: attaches a device to a running domain. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/output/attach.h"

static int run(const struct arguments *arguments)
{
	struct attach_result result;
	struct error err;

	if (flow_attach(&host_paths, arguments->plain[0], arguments->plain[1], &result, &err) != 0)
		return report(&err);
	if (arguments->json)
		attach_print_json(&result);
	else
		attach_print_text(&result, "attached");
	return EXIT_DONE;
}

const struct verb verb_attach = {
	.name = "attach",
	.topic = TOPIC_DOMAIN,
	.help = "give a running domain a device, until it ends or detach",
	.arguments = "DOMAIN REQUEST",
	.needs_root = "moves devices between drivers",
	.run = run,
};
