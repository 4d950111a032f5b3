/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag detach: detaches an attached device from a running domain. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/output/attach.h"

static int run(const struct arguments *arguments)
{
	struct attach_result result;
	struct error err;

	if (flow_detach(&host_paths, arguments->plain[0], arguments->plain[1], &result, &err) != 0)
		return report(&err);
	if (arguments->json)
		attach_print_json(&result);
	else
		attach_print_text(&result, "detached and returned");
	return EXIT_DONE;
}

const struct verb verb_detach = {
	.name = "detach",
	.topic = TOPIC_DOMAIN,
	.help = "take a device out of a running domain again",
	.arguments = "DOMAIN REQUEST|ADDRESS",
	.needs_root = "moves devices between drivers",
	.run = run,
};
