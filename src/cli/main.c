/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag: the administrator's command line. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/program.h"
#include "cli/commands.h"

static const char *const topics[] = {
	[TOPIC_HOST] = "this host and its devices",
	[TOPIC_REGISTRY] = "the registry: which devices guests may have",
	[TOPIC_DOMAIN] = "domains that ask for devices",
	[TOPIC_LEASES] = "what is lent",
};

static void print_help(void)
{
	printf("pcitag: give PCI devices to libvirt domains by type instead of address\n");
	for (size_t topic = 0; topic < ARRAY_SIZE(topics); topic++) {
		printf("\n%s\n", topics[topic]);
		for (const struct verb *const *verb = verbs; *verb; verb++) {
			char words[64];

			if ((*verb)->topic != topic)
				continue;
			snprintf(words, sizeof(words), "%s %s", (*verb)->name, (*verb)->arguments);
			printf("  pcitag %-32s %s\n", words, (*verb)->help);
		}
	}
	printf("\npcitag VERB --help tells a verb's options; every verb takes --json. pcitag --version\n"
	       "exit codes: 0 done, 1 refused or failed (one line on stderr), 2 wrong usage, 3 done, but "
	       "something\n"
	       "is not as it should be\n"
	       "registry: " PCITAG_SYSCONFDIR "/pcitag/registry.ini, registry.d/*.ini; manual: pcitag(8), "
	       "pcitag-registry(5)\n");
}

static int usage_error(const char *verb)
{
	struct error err;

	(void)error_set(&err, 0, "there is no command \"%.64s\"; pcitag --help lists them", verb);
	return report_usage(&err);
}

int main(int argc, char *argv[])
{
	program_start();
	if (argc < 2) {
		fprintf(stderr, "pcitag: missing command; pcitag --help lists the commands\n");
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
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		if (strcmp(argv[1], (*verb)->name) == 0)
			return verb_run(*verb, argc - 1, argv + 1);
	}
	return usage_error(argv[1]);
}
