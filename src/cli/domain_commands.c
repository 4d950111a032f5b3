/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/domain_commands.h"

#include <string.h>

#include "cli/domain_hostdev.h"
#include "cli/report.h"

const struct domain_command domain_commands[] = {
	{ .name = "add", .words = 4, .run = domain_add },
	{ .name = "remove", .words = 3, .run = domain_remove },
	{ .name = "rename-owner", .words = 2, .run = domain_rename_owner },
	{ .name = "live-xml", .words = 1, .run = domain_live_xml },
	{ .name = "attach-hostdev", .words = 2, .run = domain_attach_hostdev },
	{ .name = "detach-hostdev", .words = 2, .run = domain_detach_hostdev },
	{ .name = NULL },
};

static int refuse_usage(void)
{
	struct error err;

	(void)error_set(&err, 0, "pcitag-domain is run by pcitag: pcitag --help lists the commands");
	return report_usage(&err);
}

/* The number of arguments is fixed, so that a domain may be named "--json". */
int domain_main(int argc, char *argv[])
{
	for (const struct domain_command *command = domain_commands; argc >= 2 && command->name; command++) {
		size_t words = (size_t)argc - 2;

		if (strcmp(argv[1], command->name) != 0)
			continue;
		if (words == command->words)
			return command->run(argv + 2, false);
		if (words == command->words + 1 && strcmp(argv[2], "--json") == 0)
			return command->run(argv + 3, true);
	}
	return refuse_usage();
}
