/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag remove: removes a request from a domain. */
#include "cli/commands.h"
#include "cli/run_domain.h"

static int run(const struct arguments *arguments)
{
	const char *request = arguments->plain[1];
	const char *const words[] = { arguments->plain[0], request ? request : "",
				      arguments_option(arguments, "all") ? "all" : "", NULL };

	return run_domain(arguments, words);
}

const struct verb verb_remove = {
	.name = "remove",
	.topic = TOPIC_DOMAIN,
	.help = "the reverse of add",
	.arguments = "DOMAIN [REQUEST]",
	.options = { { "all", NULL, "REQUEST with any index; without REQUEST, whatever it asks for" } },
	.run = run,
};
