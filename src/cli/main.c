/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag: the administrator's command line. */
#include <stdio.h>
#include <string.h>

#include "base/program.h"
#include "cli/verb.h"

/* The verbs, in the order in which --help lists them. */
static const struct {
	const char *heading;
	const struct verb *verbs[10]; /* the others are NULL, at least the last one */
} topics[] = {
	{ "this host and its devices",
	  { &verb_check, &verb_probe, &verb_list, &verb_show, &verb_map, &verb_metrics, &verb_watch } },
	{ "the registry: which devices guests may have",
	  { &verb_types, &verb_define, &verb_undefine, &verb_enable, &verb_disable, &verb_import, &verb_boot,
	    &verb_rom, &verb_vf } },
	{ "domains that ask for devices",
	  { &verb_domains, &verb_plan, &verb_add, &verb_remove, &verb_rename_owner, &verb_attach,
	    &verb_detach } },
	{ "what is assigned",
	  { &verb_leases, &verb_reconcile, &verb_release, &verb_clean, &verb_test, &verb_log } },
	{ "a cluster of hosts", { &verb_utilization, &verb_capacity, &verb_cluster } },
};

static void print_help(void)
{
	printf("pcitag: give PCI devices to libvirt domains by type instead of address\n");
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++) {
		printf("\n%s\n", topics[i].heading);
		for (const struct verb *const *verb = topics[i].verbs; *verb; verb++) {
			char words[64];

			snprintf(words, sizeof(words), "%s %s", (*verb)->name,
				 (*verb)->arguments ? (*verb)->arguments : "");
			/* Two blanks at least: the completions know the help by them. */
			printf("  pcitag %-33s  %s\n", words, (*verb)->help);
		}
	}
	printf("\npcitag VERB --help tells a verb's options; every verb takes --json. pcitag --version\n"
	       "exit codes: 0 done, 1 refused or failed (one line on stderr), 2 wrong usage, 3 done, but "
	       "something\n"
	       "is not as it should be\n"
	       "registry: " PCITAG_SYSCONFDIR
	       "/pcitag/registry.ini, registry.d/*.ini; manual: pcitag(8), pcitag-registry(5)\n");
}

int main(int argc, char *argv[])
{
	program_start();
	if (argc < 2)
		return report_usage_text("missing command; pcitag --help lists the commands");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help();
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("pcitag " PCITAG_VERSION "\n");
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++) {
		for (const struct verb *const *verb = topics[i].verbs; *verb; verb++) {
			if (strcmp(argv[1], (*verb)->name) == 0)
				return verb_run(*verb, argc - 1, argv + 1);
		}
	}
	return report_usage_text("there is no command \"%.64s\"; pcitag --help lists them", argv[1]);
}
