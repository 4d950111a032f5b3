/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag: the engine behind the hook, and the operator's command line. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "cli/commands.h"

static const struct command {
	const char *verb;
	command_fn *run;
	const char *usage;
	const char *help;
} commands[] = {
	{ "list", cmd_list, "list [--json]",
	  "the devices the registry matches: state, group, driver and why not free" },
	{ "types", cmd_types, "types [--json]",
	  "the types and models a domain may ask for, with what is free" },
	{ "plan", cmd_plan, "plan [--json] DOMAIN.xml|-",
	  "what starting a domain would do; changes nothing" },
	{ "leases", cmd_leases, "leases [--json]", "which domain holds what, and since when" },
	{ "reconcile", cmd_reconcile, "reconcile [--json]",
	  "give back what a crash left behind; nothing that is in use" },
	{ "hook", cmd_hook, NULL, NULL }, /* what hooks/qemu calls; pcitag-hook(8) */
};

static void print_help(void)
{
	printf("pcitag: give PCI devices to libvirt domains by type instead of address\n\nusage:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].usage)
			printf("  pcitag %-30s %s\n", commands[i].usage, commands[i].help);
	}
	printf("  pcitag %-30s %s\n  pcitag %-30s %s\n", "--help", "this text", "--version", "the version");
	printf("\nexit codes: 0 done, 1 refused or failed (one line on stderr), 2 wrong usage, 3 reconcile "
	       "left something over\n"
	       "registry: " PCITAG_SYSCONFDIR "/pcitag/registry.ini, registry.d/*.ini; manual: pcitag(8), "
	       "pcitag-registry(5)\n");
}

/* Were one of the first three closed, the next file opened would have its number, and get our messages. */
static void keep_stdio_numbers(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

static int usage_error(const char *verb)
{
	struct error err;

	(void)error_set(&err, 0, "there is no command \"%.64s\"; pcitag --help lists them", verb);
	(void)report(&err);
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	keep_stdio_numbers();
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		fprintf(stderr, "pcitag: say what to do; pcitag --help lists the commands\n");
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help();
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("pcitag " PCITAG_VERSION "\n");
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].verb) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	return usage_error(argv[1]);
}
