/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag log: prints pcitag's messages from the system log. */
#include <stdlib.h>
#include <syslog.h>

#include "cli/verb.h"
#include "cli/output/state.h"
#include "host/system/journal.h"

#define LINES_DEFAULT 200
#define LINES_MAX 100000

static const char *level_name(int priority)
{
	return priority <= LOG_ERR ? "error" : priority == LOG_WARNING ? "warning" : "info";
}

static enum colour level_colour(int priority)
{
	return priority <= LOG_ERR ? COLOUR_BAD : priority == LOG_WARNING ? COLOUR_WARNING : COLOUR_NONE;
}

static void print_json(const struct journal_lines *lines)
{
	struct json_object *object = json_output_start(), *array = json_put_array(object, "lines");

	for (size_t i = 0; i < lines->count; i++) {
		const struct journal_entry *entry = &lines->entries[i];
		struct json_object *line = json_add_object(array);

		json_put_int(line, "time_usec", entry->usec);
		json_put_string(line, "level", level_name(entry->priority));
		json_put_string(line, "domain", entry->domain);
		json_put_string(line, "message", entry->message);
	}
	json_output_print(object);
}

static void print_table(const struct journal_lines *lines)
{
	struct table table;

	table_start(&table, "TIME", "DOMAIN", "MESSAGE");
	for (size_t i = 0; i < lines->count; i++) {
		const struct journal_entry *entry = &lines->entries[i];
		char when[LOCAL_TIME_LEN];

		table_cell(&table, "%s", local_time(entry->usec / 1000000, when));
		table_cell(&table, "%s", entry->domain[0] ? entry->domain : "-");
		table_coloured_cell(&table, level_colour(entry->priority), "%s", entry->message);
	}
	table_print(&table);
}

static void print_text(const struct journal_query *query, const struct journal_lines *lines)
{
	if (lines->count)
		print_table(lines);
	else if (query->domain)
		print_line("no line about domain '%s'", query->domain);
	else
		print_line("no line");
}

/* Returns 0, or the exit code after a message. */
static int read_lines_option(const char *text, size_t *out)
{
	char *end = NULL;
	long n = text ? strtol(text, &end, 10) : LINES_DEFAULT;

	*out = (size_t)n;
	if (!text || (*text && !*end && n >= 1 && n <= LINES_MAX))
		return 0;
	return report_usage_text("log --lines %.64s: write a number from 1 to %d", text, LINES_MAX);
}

static int run(const struct arguments *arguments)
{
	struct journal_query query = { .domain = arguments->plain[0],
				       .since = arguments_option(arguments, "since"),
				       .this_boot = arguments_option(arguments, "boot") != NULL };
	struct journal_lines lines;
	struct error err;
	int rc = read_lines_option(arguments_option(arguments, "lines"), &query.lines);

	if (rc != 0)
		return rc;
	if (journal_read(&query, &lines, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_json(&lines);
	else
		print_text(&query, &lines);
	free(lines.entries);
	return EXIT_DONE;
}

const struct verb verb_log = {
	.name = "log",
	.help = "what pcitag did, for one domain or all, from the journal",
	.arguments = "[DOMAIN]",
	.options = { { "since", "TIME",
		       "nothing older: \"10 min ago\", \"yesterday\", \"2026-11-21 04:00\"" },
		     { "boot", NULL, "nothing from before this boot of the host" },
		     { "lines", "N", "the last N lines instead of 200" } },
	.run = run,
};
