/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag rename-owner: gives the placeholders of a copied or renamed domain another owner. */
#include "cli/commands.h"
#include "cli/run_domain.h"

static int run(const struct arguments *arguments)
{
	const char *owner = arguments->plain[1];
	const char *const words[] = { arguments->plain[0], owner ? owner : "", NULL };

	return run_domain(arguments, words);
}

const struct verb verb_rename_owner = {
	.name = "rename-owner",
	.topic = TOPIC_DOMAIN,
	.help = "give a copied or renamed domain placeholders of its own",
	.arguments = "DOMAIN [OWNER]",
	.run = run,
};
