/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/domain/commands.h"

#include <string.h>

#include "base/report.h"
#include "cli/domain/hostdev.h"
#include "host/libvirt/domain_protocol.h"

const struct domain_command domain_commands[] = {
	{ DOMAIN_ADD, DOMAIN_ADD_WORDS, domain_add },
	{ DOMAIN_REMOVE, DOMAIN_REMOVE_WORDS, domain_remove },
	{ DOMAIN_RENAME_OWNER, DOMAIN_RENAME_OWNER_WORDS, domain_rename_owner },
	{ DOMAIN_LIVE_XML, DOMAIN_LIVE_XML_WORDS, domain_live_xml },
	{ DOMAIN_ATTACH, DOMAIN_ATTACH_WORDS, domain_attach_hostdev },
	{ DOMAIN_DETACH, DOMAIN_DETACH_WORDS, domain_detach_hostdev },
	{ .name = NULL },
};

static int refuse_usage(void)
{
	struct error err;

	(void)error_set(&err, 0, "pcitag-domain is run by pcitag: pcitag --help lists the commands");
	return report_usage(&err);
}

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
