/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag leases: lists which domain holds which devices. */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/state.h"
#include "flow/view/health.h"
#include "model/lease/lease_json.h"

static void put_placeholder(struct json_object *entry, const struct request *request, bool has_path)
{
	char path[NAME_LEN + REQUEST_LEN + sizeof(PLACEHOLDER_DIR)];

	snprintf(path, sizeof(path), PLACEHOLDER_DIR "%s/%s", request->owner, request->text);
	json_put_string(entry, "placeholder", has_path ? path : NULL);
}

/* Returns the lease as in its file, with the paths that the domain's XML names. */
static struct json_object *lease_json(const struct lease *lease)
{
	struct json_object *object = lease_to_json(lease), *grants = NULL, *withouts = NULL;

	if (json_object_object_get_ex(object, "grants", &grants)) {
		for (size_t i = 0; i < lease->grant_count; i++)
			put_placeholder(json_object_array_get_idx(grants, i), &lease->grants[i].request,
					!grant_is_attached(&lease->grants[i]));
	}
	if (json_object_object_get_ex(object, "without", &withouts)) {
		for (size_t i = 0; i < lease->without_count; i++)
			put_placeholder(json_object_array_get_idx(withouts, i), &lease->withouts[i], true);
	}
	return object;
}

static void print_json(const struct lease_list *list)
{
	struct json_object *object = json_output_start(), *leases = json_put_array(object, "leases");

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(leases, lease_json(list->leases[i]));
	json_output_print(object);
}

/* Adds the row of a function that @lease holds. @member: NULL when the domain names it by address */
static void add_row(struct table *table, const struct lease *lease, const struct pci_addr *addr, int group,
		    const struct lease_member *member)
{
	const struct lease_grant *grant = member ? lease_find_function(lease, addr) : NULL;
	char text[PCI_ADDR_LEN], since[LOCAL_TIME_LEN];

	table_cell(table, "%s", lease->domain);
	table_coloured_cell(table, lease_colour(lease->state), "%s", lease_state_name(lease->state));
	table_cell(table, "%s", pci_addr_format(addr, text));
	table_cell(table, "%d", group);
	table_cell(table, "%s", member ? member_role_name(member->role) : "native");
	/* "npu", or "npu (attached)" for a device that was not assigned at the start */
	if (grant && grant_is_attached(grant))
		table_cell(table, "%s (%s)", grant->request.text, grant_way_name(grant->way));
	else
		table_cell(table, "%s", grant ? grant->request.text : "-");
	table_cell(table, "%s", member && member->previous_driver[0] ? member->previous_driver : "-");
	table_cell(table, "%s", local_time(lease->since, since));
}

/* Adds the row of a request that got no device. */
static void add_without(struct table *table, const struct lease *lease, const struct request *request)
{
	char since[LOCAL_TIME_LEN];

	table_cell(table, "%s", lease->domain);
	table_coloured_cell(table, lease_colour(lease->state), "%s", lease_state_name(lease->state));
	table_cell(table, "-");
	table_cell(table, "-");
	table_cell(table, "without");
	table_cell(table, "%s", request->text);
	table_cell(table, "-");
	table_cell(table, "%s", local_time(lease->since, since));
}

static void print_table(const struct lease_list *list)
{
	const struct lease *lease;
	struct table table;

	table_start(&table, "DOMAIN", "STATE", "ADDRESS", "GROUP", "ROLE", "REQUEST", "RETURN TO", "SINCE");
	for (size_t i = 0; i < list->count; i++) {
		lease = list->leases[i];
		for (size_t m = 0; m < lease->member_count; m++)
			add_row(&table, lease, &lease->members[m].addr, lease->members[m].group,
				&lease->members[m]);
		for (size_t w = 0; w < lease->without_count; w++)
			add_without(&table, lease, &lease->withouts[w]);
	}
	for (size_t i = 0; i < list->count; i++) {
		lease = list->leases[i];
		for (size_t h = 0; h < lease->hostdev_count; h++)
			add_row(&table, lease, &lease->hostdevs[h].addr, lease->hostdevs[h].group, NULL);
	}
	table_print(&table);
	for (size_t i = 0; i < list->count; i++) {
		if (list->leases[i]->note)
			print_line("%s: %s", list->leases[i]->domain, list->leases[i]->note);
	}
}

/* Adds the requested leases to @out. */
static int choose(const struct lease_list *list, const char *domain, bool quarantined, struct lease_list *out,
		  struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		struct lease *lease = list->leases[i];

		if ((!domain || lease_is_of(lease, domain)) &&
		    (!quarantined || lease->state == LEASE_QUARANTINED) &&
		    lease_list_add(out, lease, err) < 0)
			return -1;
	}
	return 0;
}

static void print_none(const char *domain, bool quarantined)
{
	const char *what = quarantined ? "nothing that is quarantined" : "no device";

	if (domain)
		print_line("domain '%s' holds %s", domain, what);
	else
		print_line("no domain holds %s", quarantined ? "anything that is quarantined" : "a device");
}

static int run(const struct arguments *arguments)
{
	bool quarantined = arguments_option(arguments, "quarantined") != NULL;
	const char *domain = arguments->plain[0];
	CLEANUP(lease_list_clear) struct lease_list all = { 0 }, list = { 0 };
	struct error err;
	int rc = health_read_leases(&host_paths, &all, &err);

	if (rc >= 0 && choose(&all, domain, quarantined, &list, &err) < 0)
		rc = -1;
	if (rc >= 0 && arguments->json)
		print_json(&list);
	else if (rc >= 0 && list.count)
		print_table(&list);
	else if (rc == 0)
		print_none(domain, quarantined);
	(void)fflush(stdout); /* the readable leases before the unreadable ones */
	return rc ? report(&err) : EXIT_DONE;
}

const struct verb verb_leases = {
	.name = "leases",
	.help = "which domain holds what, and since when",
	.arguments = "[DOMAIN]",
	.options = { { "quarantined", NULL, "only what could not be returned" } },
	.run = run,
};
