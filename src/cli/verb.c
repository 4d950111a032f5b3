/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verb.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fileio.h"
#include "model/lease/domain.h"

/* Values of getopt_long(3) for options that every verb takes; 0 and above are indices of verb->options. */
enum { OPTION_JSON = 1000, OPTION_HELP };

/* Sufficient for every verb. */
#define OPTION_LEN 64
#define USAGE_LEN 512

/* "--address ADDRESS". Returns @buf. */
static char *option_text(const struct verb_option *option, char buf[static OPTION_LEN])
{
	snprintf(buf, OPTION_LEN, "--%s%s%s", option->name, option->value ? " " : "",
		 option->value ? option->value : "");
	return buf;
}

/* "list [--type TYPE] [--json]". Returns @buf. */
static char *verb_usage(const struct verb *verb, char buf[static USAGE_LEN])
{
	char text[OPTION_LEN];

	snprintf(buf, USAGE_LEN, "%s", verb->name);
	for (const struct verb_option *option = verb->options; option->name; option++)
		text_append(buf, USAGE_LEN, " [%s]", option_text(option, text));
	text_append(buf, USAGE_LEN, " [--json]%s%s", verb->arguments ? " " : "",
		    verb->arguments ? verb->arguments : "");
	return buf;
}

static int wrong_usage(const struct verb *verb, const char *what, const char *argument)
{
	char usage[USAGE_LEN];

	return report_usage_text("%s %s %.64s; usage: pcitag %s", verb->name, what, argument,
				 verb_usage(verb, usage));
}

/* The least width of the options' column. */
#define HELP_COLUMN 22

static void print_help(const struct verb *verb)
{
	char usage[USAGE_LEN], text[OPTION_LEN];
	int width = HELP_COLUMN;

	for (const struct verb_option *option = verb->options; option->name; option++) {
		int len = (int)strlen(option_text(option, text));

		width = len > width ? len : width;
	}
	printf("usage: pcitag %s\n\n%s\n\n", verb_usage(verb, usage), verb->help);
	for (const struct verb_option *option = verb->options; option->name; option++)
		printf("  %-*s %s\n", width, option_text(option, text), option->help);
	printf("  %-*s %s\n  %-*s %s\n", width, "--json", "the same for programs; pcitag(8) has the fields",
	       width, "--help", "this text");
	if (verb->needs_root)
		printf("\nIt %s, so it needs root.\n", verb->needs_root);
}

/* The options of a verb, --json, --help, and the end that getopt_long(3) requires. */
#define GETOPT_LEN (VERB_OPTIONS_MAX + 3)

static void make_getopt_table(const struct verb *verb, struct option table[static GETOPT_LEN])
{
	int n = 0;

	for (const struct verb_option *option = verb->options; option->name; option++, n++)
		table[n] = (struct option){ option->name, option->value ? required_argument : no_argument,
					    NULL, n };
	table[n++] = (struct option){ "json", no_argument, NULL, OPTION_JSON };
	table[n] = (struct option){ "help", no_argument, NULL, OPTION_HELP };
}

#define GO_ON (-1)

/* Returns false when a list is too long. */
static bool take_option(const struct verb *verb, int option, struct arguments *out)
{
	const char *value = optarg ? optarg : "";
	size_t len = strlen(out->list);

	out->values[option] = value;
	if (!verb->list_option || strcmp(verb->list_option, verb->options[option].name) != 0)
		return true;
	if (len + strlen(value) + 2 > sizeof(out->list))
		return false;
	sprintf(out->list + len, "%s%s", len ? "," : "", value);
	out->values[option] = out->list;
	return true;
}

/* Reads the options and moves the plain arguments after them. Returns GO_ON, or an exit code after its text.
 */
static int read_options(const struct verb *verb, int argc, char *argv[], struct arguments *out)
{
	struct option table[GETOPT_LEN] = { 0 };
	int option;

	make_getopt_table(verb, table);
	opterr = 0;
	/* ":" distinguishes a missing value from an unknown option; "h" accepts -h, too. */
	while ((option = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (option == OPTION_HELP || option == 'h') {
			print_help(verb);
			return EXIT_DONE;
		}
		if (option == ':' || option == '?')
			return wrong_usage(verb, option == ':' ? "needs a value for" : "does not take",
					   argv[optind - 1]);
		if (option == OPTION_JSON)
			out->json = true;
		else if (!take_option(verb, option, out))
			return wrong_usage(verb, "was given too much with", argv[optind - 1]);
	}
	return GO_ON;
}

/* Copies the next word of verb->arguments to @word, "" when there is none. Returns the rest. */
static const char *next_word(const char *words, char word[static 32])
{
	size_t len = strcspn(words, " ");

	snprintf(word, 32, "%.*s", (int)len, words);
	return words + len + strspn(words + len, " ");
}

static bool is_repeated(const char *word)
{
	size_t len = strlen(word);

	return (len > 3 && strcmp(word + len - 3, "...") == 0) ||
	       (len > 4 && strcmp(word + len - 4, "...]") == 0);
}

/* Joins all that are left. Returns false when they are too long. */
static bool join(int argc, char *argv[], char out[static ARGUMENT_LIST_LEN])
{
	size_t len = 0;

	for (int i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	if (len > ARGUMENT_LIST_LEN)
		return false;
	for (int i = 0; i < argc; i++)
		text_append(out, ARGUMENT_LIST_LEN, "%s%s", i ? " " : "", argv[i]);
	return true;
}

static int read_plain(const struct verb *verb, int argc, char *argv[], struct arguments *out)
{
	const char *words = verb->arguments ? verb->arguments : "";
	char word[32];
	int given = 0;

	for (int i = 0; i < VERB_ARGUMENTS_MAX && words[0]; i++) {
		words = next_word(words, word);
		out->plain_count++;
		if (i == 0 && verb->instead && arguments_option(out, verb->instead))
			continue;
		if (optind + given < argc)
			out->plain[i] = argv[optind + given++];
		else if (word[0] != '[')
			return wrong_usage(verb, "needs", word);
		if (!out->plain[i] || !is_repeated(word))
			continue;
		if (!join(argc - optind - given + 1, argv + optind + given - 1, out->repeated))
			return wrong_usage(verb, "was given too much behind", out->plain[i]);
		out->plain[i] = out->repeated;
		return GO_ON;
	}
	if (optind + given < argc)
		return wrong_usage(verb, "does not take", argv[optind + given]);
	return GO_ON;
}

int verb_needs_root(const struct verb *verb, const char *does)
{
	return report_text(0, "%s %s: run it as root", verb->name, does);
}

int verb_run(const struct verb *verb, int argc, char *argv[])
{
	struct arguments arguments = { .verb = verb };
	int rc = read_options(verb, argc, argv, &arguments);

	if (rc == GO_ON)
		rc = read_plain(verb, argc, argv, &arguments);
	if (rc != GO_ON)
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

int verb_read_definition(const char *path, char **xml, size_t *len, struct error *err)
{
	if (strcmp(path, "-") == 0)
		return read_fd_all(STDIN_FILENO, DOMAIN_XML_MAX, xml, len, err);
	return read_file_at(AT_FDCWD, path, DOMAIN_XML_MAX, xml, len, err);
}
