/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

const struct flow host_flow = {
	.sys = "/sys",
	.run = "/run/pcitag",
	.etc = PCITAG_SYSCONFDIR "/pcitag",
	.libvirt_etc = PCITAG_SYSCONFDIR "/libvirt",
	.libvirt_run = "/run/libvirt",
	.proc = "/proc",
};

static int wrong_argument(const char *verb, const char *argument)
{
	struct error err;

	(void)error_set(&err, 0, "%s does not take \"%.64s\"; see pcitag --help", verb, argument);
	(void)report(&err);
	return EXIT_USAGE;
}

int options_parse(int argc, char *argv[], const char *argument_name, struct options *out)
{
	*out = (struct options){ 0 };
	for (int i = 1; i < argc; i++) {
		bool is_option = argv[i][0] == '-' && argv[i][1] != '\0';

		if (strcmp(argv[i], "--json") == 0)
			out->json = true;
		else if (is_option || !argument_name || out->argument)
			return wrong_argument(argv[0], argv[i]);
		else
			out->argument = argv[i];
	}
	if (argument_name && !out->argument) {
		fprintf(stderr, "pcitag: %s needs %s; see pcitag --help\n", argv[0], argument_name);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

int report(const struct error *err)
{
	fprintf(stderr, "pcitag: %s\n", err->msg);
	return EXIT_FAILED;
}
