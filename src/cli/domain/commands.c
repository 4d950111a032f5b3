/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/domain/commands.h"

#include <string.h>

#include "base/program.h"
#include "host/libvirt/domain_protocol.h"

static const struct {
	const char *name;
	int words; /* number of arguments */
	domain_command_fn *run;
} commands[] = {
	{ DOMAIN_ADD, 4, domain_add },
	{ DOMAIN_REMOVE, 3, domain_remove },
	{ DOMAIN_RENAME_OWNER, 2, domain_rename_owner },
	{ DOMAIN_LIVE_XML, 1, domain_live_xml },
	{ DOMAIN_ATTACH, 2, domain_attach_hostdev },
	{ DOMAIN_DETACH, 2, domain_detach_hostdev },
};

int domain_main(int argc, char *argv[])
{
	for (size_t i = 0; argc >= 2 && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (argc - 2 == commands[i].words)
			return commands[i].run(argv + 2, false);
		if (argc - 3 == commands[i].words && strcmp(argv[2], "--json") == 0)
			return commands[i].run(argv + 3, true);
	}
	return report_usage_text("pcitag-domain is run by pcitag: pcitag --help lists the commands");
}
