/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag check: reports whether this host is ready and, if not, how to fix it. */
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "cli/verb.h"
#include "cli/output/json.h"
#include "cli/output/table.h"
#include "flow/check/check.h"

static const struct check_places places = {
	.etc = PCITAG_SYSCONFDIR,
	.run = "/run",
	.dev = "/dev",
	.modules = "/lib/modules",
	.usr_lib = "/usr/lib",
	.bindir = PCITAG_BINDIR,
	.emulator_dirs = PCITAG_EMULATOR_DIRS,
	.sbindir = PCITAG_SBINDIR,
	.datadir = PCITAG_DATADIR,
};

static void print_json(const struct check_report *report)
{
	struct json_object *object = json_output_start(), *checks = json_put_array(object, "checks");

	for (size_t i = 0; i < report->count; i++) {
		const struct check_item *item = &report->items[i];
		struct json_object *entry = json_add_object(checks);

		json_put_string(entry, "name", item->name);
		json_put_string(entry, "result", check_result_name(item->result));
		json_put_string(entry, "found", item->found);
		json_put_string(entry, "fix", item->fix);
		json_put_bool(entry, "fix_is_command", item->fix_is_command);
	}
	json_output_print(object);
}

/* Not a table: a command must not be wrapped, so that it can be copied. The last line is the sum. */
static void print_text(const struct check_report *report)
{
	static const enum colour colours[] = {
		[CHECK_PASS] = COLOUR_GOOD, [CHECK_WARN] = COLOUR_WARNING, [CHECK_FAIL] = COLOUR_BAD
	};
	size_t failed = check_report_count(report, CHECK_FAIL), width = 0;

	for (size_t i = 0; i < report->count; i++)
		width = MAX(width, strlen(report->items[i].name));
	for (size_t i = 0; i < report->count; i++) {
		const struct check_item *item = &report->items[i];
		enum colour colour = colours[item->result];

		printf("%s%s%s  %-*s  %s\n", colour_on(colour), check_result_name(item->result),
		       colour_off(colour), (int)width, item->name, item->found);
		if (item->fix[0])
			printf("    %s: %s\n", item->fix_is_command ? "fix" : "do", item->fix);
	}
	printf("%zu checks: %zu passed, %zu to look at, %zu failed: %s\n", report->count,
	       check_report_count(report, CHECK_PASS), check_report_count(report, CHECK_WARN), failed,
	       failed ? "this host is not ready" : "this host is ready");
}

static int run(const struct arguments *arguments)
{
	CLEANUP(check_report_clear) struct check_report found = { 0 };
	struct error err;

	if (check_run(&host_paths, &places, &found, &err) < 0)
		return report(&err);
	if (arguments->json)
		print_json(&found);
	else
		print_text(&found);
	return check_report_count(&found, CHECK_FAIL) ? EXIT_FINDINGS : EXIT_DONE;
}

const struct verb verb_check = {
	.name = "check",
	.help = "is this host ready, and what to type if it is not",
	.run = run,
};
