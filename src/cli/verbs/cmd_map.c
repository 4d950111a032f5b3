/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag map: draws this host, as a tree on a terminal or as SVG. */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/fileio.h"
#include "cli/output/map_svg.h"
#include "cli/output/map_text.h"
#include "cli/output/output_file.h"
#include "cli/verb.h"

static bool is_unicode(void)
{
	return setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static int print_svg(const struct host_map *map, const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	text = map_svg(map, &len, err);
	if (!text)
		return -1;
	return strcmp(path, "-") == 0 ? write_all(STDOUT_FILENO, text, len, err)
				      : output_file_write(path, text, len, err);
}

/* A definition in a file; a domain's name has no "/". */
static bool is_file(const char *domain)
{
	size_t len = strlen(domain);

	return strcmp(domain, "-") == 0 || strchr(domain, '/') ||
	       (len > 4 && strcmp(domain + len - 4, ".xml") == 0);
}

static int run(const struct arguments *arguments)
{
	const char *svg = arguments_option(arguments, "svg"), *domain = arguments_option(arguments, "domain");
	struct host_map_query query = { .paths = &host_paths, .domain = domain };
	CLEANUP(host_map_clear) struct host_map map = { 0 };
	CLEANUP_FREE char *xml = NULL;
	struct error err;

	if (svg && arguments->json)
		return report_usage_text("map: --svg and --json are two forms of one picture: give one");
	if (domain && is_file(domain) && verb_read_definition(domain, &xml, &query.xml_len, &err) < 0)
		return report(&err);
	query.xml = xml;
	if (host_map_read(&query, &map, &err) < 0)
		return report(&err);
	if (svg && print_svg(&map, svg, &err) < 0)
		return report(&err);
	if (arguments->json)
		map_json_print(&map);
	else if (!svg)
		map_text_print(&map, arguments_option(arguments, "ascii") || !is_unicode());
	(void)fflush(stdout); /* the picture before the refusal */
	return map.outcome ? report(&map.refusal) : EXIT_DONE;
}

const struct verb verb_map = {
	.name = "map",
	.help = "this host as a tree: root buses, bridges, functions, groups, NUMA nodes",
	.options = { { "svg", "FILE", "as a picture; - for standard output" },
		     { "domain", "DOMAIN", "mark what it has, or would get; also DOMAIN.xml, or -" },
		     { "ascii", NULL, "without Unicode's lines" } },
	.run = run,
};
