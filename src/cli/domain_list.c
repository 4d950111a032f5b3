/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/domain_list.h"

#include <stdio.h>

#include "base/program.h"
#include "cli/output/json.h"
#include "cli/output/table.h"
#include "flow/view/domains.h"

static void print_json(const struct domains_view *view)
{
	struct json_object *object = json_output_start(), *domains = json_put_array(object, "domains");

	for (size_t i = 0; i < view->count; i++) {
		const struct domain_view *domain = &view->items[i];
		struct json_object *entry = json_add_object(domains), *requests;

		json_put_string(entry, "domain", domain->name);
		json_put_string(entry, "uuid", domain->uuid);
		json_put_bool(entry, "running", domain->is_running);
		json_put_bool(entry, "persistent", domain->is_persistent);
		json_put_bool(entry, "saved", domain->is_saved);
		json_put_string(entry, "problem", domain->problem.msg);
		requests = json_put_array(entry, "requests");
		for (size_t j = 0; j < domain->request_count; j++) {
			struct json_object *request = json_add_object(requests);

			json_put_string(request, "request", domain->requests[j].text);
			json_put_string(request, "name", domain->requests[j].name);
			json_put_string(request, "owner", domain->requests[j].owner);
		}
	}
	json_output_print(object);
}

/* Puts what the domain asks for, or what is wrong in its definition, into the table. */
static void put_row(struct table *table, const struct domain_view *domain)
{
	char text[DOMAIN_REQUESTS_MAX * (REQUEST_LEN + 2)] = "-";
	size_t len = 0;

	for (size_t i = 0; i < domain->request_count && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? ", " : "",
					domain->requests[i].text);
	table_cell(table, "%s", domain->name);
	table_cell(table, "%s", domain->is_running ? "yes" : "no");
	table_cell(table, "%s", domain->problem.msg[0] ? domain->problem.msg : text);
}

static void print_text(const struct domains_view *view)
{
	struct table table;

	table_start(&table, "DOMAIN", "RUNS", "REQUESTS");
	for (size_t i = 0; i < view->count; i++)
		put_row(&table, &view->items[i]);
	if (!table_print_rows(&table))
		printf("libvirt has no domain\n");
}

int domain_list(char *const words[] UNUSED, bool json)
{
	CLEANUP(domains_view_clear) struct domains_view view = { 0 };
	struct error err;

	if (domains_view_read(&view, &err) != 0)
		return report(&err);
	(json ? print_json : print_text)(&view);
	return EXIT_DONE;
}
