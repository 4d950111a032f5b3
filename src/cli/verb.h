/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definition of a command line verb and its arguments, and the common parser for them. */
#ifndef PCITAG_CLI_VERB_H
#define PCITAG_CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/program.h"
#include "flow/paths.h"

/* Maximum number of plain arguments, and of options besides --json and --help, of one verb. */
#define VERB_ARGUMENTS_MAX 4
#define VERB_OPTIONS_MAX 12

struct verb_option {
	const char *name;  /* without the dashes: "group" */
	const char *value; /* name of its value in --help: "N"; NULL for an option without a value */
	const char *help;  /* one line for --help */
};

struct arguments;
typedef int verb_run_fn(const struct arguments *arguments);

struct verb {
	const char *name;
	const char *help;      /* one line for --help */
	const char *arguments; /* one word each: "DOMAIN REQUEST"; "[DOMAIN]" is optional; the last one may be
				  "REQUEST...", one or more, or "[FILE...]", any number; or NULL */
	struct verb_option options[VERB_OPTIONS_MAX + 1]; /* the last entry has no name */
	const char *instead; /* the one whose value stands for the first argument, which is then omitted; or
				NULL */
	const char *list_option; /* the one that may be given several times; NULL: none */
	const char *needs_root;	 /* why it needs root: "moves devices between drivers"; or NULL */
	verb_run_fn *run;	 /* returns the exit code */
};

/* Maximum length of all values of an option that is a list, separated by commas, including the NUL. */
#define ARGUMENT_LIST_LEN 1024

/* The parsed command line; the strings belong to argv. */
struct arguments {
	const struct verb *verb;
	const char *plain[VERB_ARGUMENTS_MAX]; /* in the order of verb->arguments, NULL when omitted */
	size_t plain_count;		       /* number of them, with the omitted ones */
	const char *values[VERB_OPTIONS_MAX];  /* in the order of verb->options, NULL when not given */
	char list[ARGUMENT_LIST_LEN];	       /* the values of an option that is a list */
	char repeated[ARGUMENT_LIST_LEN];      /* those of an argument with "...", with blanks between them */
	bool json;
};

/*
 * Reads the arguments of @verb and runs it.
 * @argv: starts with the verb's name and ends with NULL
 * Returns the verb's exit code; EXIT_USAGE after reporting the error; EXIT_FAILED when the verb needs root.
 */
int verb_run(const struct verb *verb, int argc, char *argv[]);

/* Reports that the verb needs root for what it @does, if only some operations do. Returns EXIT_FAILED. */
int verb_needs_root(const struct verb *verb, const char *does);

/* Returns the value of option @name; "" for an option without a value; NULL when it was not given. */
const char *arguments_option(const struct arguments *arguments, const char *name);

/*
 * Reads the XML of a domain from the file @path, or from standard input for "-".
 * @xml: the caller frees it; NULL after a failure
 * @len: receives its length in bytes
 * Fails when it cannot be read, or is longer than DOMAIN_XML_MAX.
 */
int verb_read_definition(const char *path, char **xml, size_t *len, struct error *err) MUST_CHECK;

/* Each is defined in verbs/cmd_NAME.c, or with the verb that it goes with. */
extern const struct verb verb_check, verb_probe, verb_show, verb_metrics, verb_import, verb_plan, verb_leases,
	verb_clean, verb_test, verb_log, verb_boot, verb_map, verb_watch;
extern const struct verb verb_domains;						/* cmd_add.c */
extern const struct verb verb_list, verb_types;					/* cmd_list.c */
extern const struct verb verb_define, verb_undefine, verb_enable, verb_disable; /* cmd_define.c */
extern const struct verb verb_add, verb_remove, verb_rename_owner;		/* cmd_add.c */
extern const struct verb verb_attach, verb_detach;				/* cmd_attach.c */
extern const struct verb verb_reconcile, verb_release;				/* cmd_release.c */
extern const struct verb verb_rom;						/* cmd_rom.c */
extern const struct verb verb_vf;						/* cmd_vf.c */
extern const struct verb verb_utilization, verb_capacity;			/* cmd_fleet.c */
extern const struct verb verb_cluster;						/* cmd_cluster.c */

/* `pcitag plan --cluster`: the same for each node of the cluster (cmd_cluster.c). Returns the exit code. */
int cluster_plan_run(const struct arguments *arguments);

#endif
