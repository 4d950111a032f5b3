/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a verb of the command line takes, and the reading of it: the same for all of them. */
#ifndef PCITAG_CLI_VERB_H
#define PCITAG_CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>

/* Most plain arguments, and most options besides --json and --help, of one verb. */
#define VERB_ARGUMENTS_MAX 4
#define VERB_OPTIONS_MAX 12

struct verb_option {
	const char *name;  /* without the dashes: "group" */
	const char *value; /* what --help shows for its value: "N"; NULL for an option without one */
	const char *help;  /* a line for --help */
};

/* Under which heading `pcitag --help` shows a verb, in this order. */
enum verb_topic {
	TOPIC_HOST,
	TOPIC_REGISTRY,
	TOPIC_DOMAIN,
	TOPIC_LEASES,
};

struct arguments;
typedef int verb_run_fn(const struct arguments *arguments);

struct verb {
	const char *name;
	enum verb_topic topic;
	const char *help; /* a line for --help */
	const char
		*arguments; /* plain ones, a word each: "DOMAIN REQUEST"; "[DOMAIN]" may be left out; or "" */
	struct verb_option options[VERB_OPTIONS_MAX + 1]; /* the last has no name */
	const char
		*needs_root; /* what it does that only root may: "moves devices between drivers"; or NULL */
	verb_run_fn *run;    /* returns the exit code */
};

/* What stood on the command line; the texts are argv's own. */
struct arguments {
	const struct verb *verb;
	const char *plain[VERB_ARGUMENTS_MAX]; /* in the order of verb->arguments, NULL when left out */
	const char *values[VERB_OPTIONS_MAX];  /* in the order of verb->options, NULL when not given */
	bool json;
};

/*
 * Reads the arguments of @verb and runs it.
 * @argv: begins with the verb's name, ends with NULL
 * Returns the verb's exit code; EXIT_USAGE after saying what is wrong; EXIT_FAILED when it needs root.
 */
int verb_run(const struct verb *verb, int argc, char *argv[]);

/* Says that the verb needs root, because it @does something, and returns EXIT_FAILED: for verbs that need it
 * for some of what they do. */
int verb_needs_root(const struct verb *verb, const char *does);

/* The value of option @name, "" for one without a value, NULL when it was not given. */
const char *arguments_option(const struct arguments *arguments, const char *name);

/* "list [--json] [--type TYPE]": how the verb is typed, for --help and for messages. Returns @buf. */
char *verb_usage(const struct verb *verb, char *buf, size_t size);

#endif
