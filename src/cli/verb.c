/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verb.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"

/* Values of getopt_long(3) for options that every verb takes; 0 and above are indices of verb->options. */
enum { OPTION_JSON = 1000, OPTION_HELP };

static int option_count(const struct verb *verb)
{
	int n = 0;

	while (verb->options[n].name)
		n++;
	return n;
}

/* Sufficient for the usage of every verb: "[--address ADDRESS] " and so on. */
#define USAGE_LEN 512

static size_t append(char *buf, size_t size, size_t len, const char *fmt, ...) PRINTF_LIKE(4, 5);

static size_t append(char *buf, size_t size, size_t len, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf + len, size - len, fmt, args);
	va_end(args);
	return n < 0 || (size_t)n >= size - len ? size - 1 : len + (size_t)n;
}

char *verb_usage(const struct verb *verb, char *buf, size_t size)
{
	size_t len = append(buf, size, 0, "%s", verb->name);

	for (const struct verb_option *option = verb->options; option->name; option++)
		len = append(buf, size, len, " [--%s%s%s]", option->name, option->value ? " " : "",
			     option->value ? option->value : "");
	len = append(buf, size, len, " [--json]");
	if (verb->arguments[0])
		(void)append(buf, size, len, " %s", verb->arguments);
	return buf;
}

static int wrong_usage(const struct verb *verb, const char *what, const char *argument)
{
	char usage[USAGE_LEN];
	struct error err;

	(void)error_set(&err, 0, "%s %s %.64s; usage: pcitag %s", verb->name, what, argument,
			verb_usage(verb, usage, sizeof(usage)));
	return report_usage(&err);
}

static void print_help(const struct verb *verb)
{
	char usage[USAGE_LEN];

	printf("usage: pcitag %s\n\n%s\n", verb_usage(verb, usage, sizeof(usage)), verb->help);
	printf("\n");
	for (const struct verb_option *option = verb->options; option->name; option++) {
		char word[64];

		snprintf(word, sizeof(word), "--%s%s%s", option->name, option->value ? " " : "",
			 option->value ? option->value : "");
		printf("  %-22s %s\n", word, option->help);
	}
	printf("  %-22s %s\n  %-22s %s\n", "--json", "the same for programs; pcitag(8) has the fields",
	       "--help", "this text");
	if (verb->needs_root)
		printf("\nIt %s, so it needs root.\n", verb->needs_root);
}

static void make_getopt_table(const struct verb *verb, struct option table[VERB_OPTIONS_MAX + 3])
{
	int n = option_count(verb);

	memset(table, 0, (VERB_OPTIONS_MAX + 3) * sizeof(*table));
	for (int i = 0; i < n; i++)
		table[i] =
			(struct option){ .name = verb->options[i].name,
					 .has_arg = verb->options[i].value ? required_argument : no_argument,
					 .val = i };
	table[n] = (struct option){ .name = "json", .val = OPTION_JSON };
	table[n + 1] = (struct option){ .name = "help", .val = OPTION_HELP };
}

#define HELP_WANTED 1

/*
 * Reads the options and moves the plain arguments after them. Returns 0, HELP_WANTED, or -1 after a message.
 */
static int read_options(const struct verb *verb, int argc, char *argv[], struct arguments *out)
{
	struct option table[VERB_OPTIONS_MAX + 3];
	int option;

	make_getopt_table(verb, table);
	opterr = 0;
	/* ":" distinguishes a missing value from an unknown option; "h" accepts -h, too. */
	while ((option = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (option == OPTION_HELP || option == 'h')
			return HELP_WANTED;
		if (option == ':') {
			(void)wrong_usage(verb, "needs a value for", argv[optind - 1]);
			return -1;
		}
		if (option == '?') {
			(void)wrong_usage(verb, "does not take", argv[optind - 1]);
			return -1;
		}
		if (option == OPTION_JSON)
			out->json = true;
		else
			out->values[option] = optarg ? optarg : "";
	}
	return 0;
}

/* Copies the next word of verb->arguments to @word, "" when there is none. Returns the rest. */
static const char *next_word(const char *words, char word[static 32])
{
	size_t len = strcspn(words, " ");

	snprintf(word, 32, "%.*s", (int)len, words);
	return words + len + strspn(words + len, " ");
}

static int read_plain(const struct verb *verb, int argc, char *argv[], struct arguments *out)
{
	const char *words = verb->arguments;
	char word[32];
	int given = 0;

	for (int i = 0; i < VERB_ARGUMENTS_MAX && words[0]; i++) {
		words = next_word(words, word);
		if (optind + given < argc)
			out->plain[i] = argv[optind + given++];
		else if (word[0] != '[')
			return wrong_usage(verb, "needs", word);
	}
	if (optind + given < argc)
		return wrong_usage(verb, "does not take", argv[optind + given]);
	return EXIT_DONE;
}

int verb_needs_root(const struct verb *verb, const char *does)
{
	struct error err;

	(void)error_set(&err, 0, "%s %s: run it as root", verb->name, does);
	return report(&err);
}

int verb_run(const struct verb *verb, int argc, char *argv[])
{
	struct arguments arguments = { .verb = verb };
	int rc = read_options(verb, argc, argv, &arguments);

	if (rc == HELP_WANTED) {
		print_help(verb);
		return EXIT_DONE;
	}
	if (rc < 0)
		return EXIT_USAGE;
	rc = read_plain(verb, argc, argv, &arguments);
	if (rc != EXIT_DONE)
		return rc;
	if (verb->needs_root && geteuid() != 0)
		return verb_needs_root(verb, verb->needs_root);
	return verb->run(&arguments);
}

const char *arguments_option(const struct arguments *arguments, const char *name)
{
	for (size_t i = 0; arguments->verb->options[i].name; i++) {
		if (strcmp(arguments->verb->options[i].name, name) == 0)
			return arguments->values[i];
	}
	return NULL;
}
