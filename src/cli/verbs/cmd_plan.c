/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag plan: shows what starting a domain would do, without changing anything. */
#include <stdio.h>
#include <string.h>

#include "cli/device_filter.h"
#include "cli/output/state.h"
#include "flow/assign/units.h"
#include "flow/view/preview.h"
#include "model/allocate/wish_check.h"

struct preview {
	struct device_filter filter; /* for the displayed candidates; no effect on the choice */
	const char *request;	     /* the same; NULL for all requests */
	struct flow_plan *plan;
};

static bool is_asked(const struct request *request, const char *text)
{
	return strcmp(request->text, text) == 0 || strcmp(request->name, text) == 0;
}

static int check_request(const struct preview *p, struct error *err)
{
	char known[ERROR_MSG_LEN / 2] = "";

	if (!p->request)
		return 0;
	for (size_t i = 0; i < p->plan->domain.request_count; i++) {
		if (is_asked(&p->plan->domain.requests[i], p->request))
			return 0;
		text_append(known, sizeof(known), "%s%s", i ? ", " : "", p->plan->domain.requests[i].text);
	}
	return error_set(err, 0, "plan --request: domain '%s' does not ask for %.64s; its requests are: %s",
			 p->plan->domain.name, p->request, known[0] ? known : "none");
}

static bool is_shown(const struct preview *p, const struct candidate *c)
{
	if (p->request && !is_asked(&p->plan->domain.requests[c->request], p->request))
		return false;
	return device_filter_admits(&p->filter, c->model, c->device, &c->verdict);
}

static int read_plan(struct preview *p, const char *path, struct error *err)
{
	CLEANUP_FREE char *xml = NULL;
	size_t len;
	int rc = verb_read_definition(path, &xml, &len, err);

	if (rc < 0 || flow_plan(&host_paths, xml, len, p->plan, err) < 0)
		return -1;
	if (!p->plan->is_read)
		return 0;
	if (device_filter_check(&p->filter, "plan", &p->plan->host.registry, err) < 0)
		return -1;
	return check_request(p, err);
}

/* Which wishes a candidate meets: "numa=required met, together=switch not met". */
static char *format_wishes(const struct preview *p, const struct candidate *c, char *text, size_t size)
{
	struct allocation_input input = plan_input(&p->plan->host, &p->plan->domain);
	struct wish_check checks[WISH_CHECKS_MAX];
	size_t count = wish_check_all(&input, &p->plan->host.allocation, c, checks);

	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		text_append(text, size, "%s%s=%s ", i ? ", " : "", checks[i].wish, checks[i].value);
		if (checks[i].rank)
			text_append(text, size, "%zu", checks[i].rank);
		else
			text_append(text, size, "%s", wish_met_name(checks[i].met));
	}
	return text;
}

/* Only where there are wishes. */
static void print_wishes(const struct preview *p)
{
	struct table table;

	table_start(&table, "REQUEST", "ADDRESS", "WISHES");
	for (size_t i = 0; i < p->plan->host.allocation.count; i++) {
		const struct candidate *c = &p->plan->host.allocation.candidates[i];
		char addr[PCI_ADDR_LEN], wishes[ERROR_MSG_LEN];

		if (!is_shown(p, c) || !format_wishes(p, c, wishes, sizeof(wishes))[0])
			continue;
		table_cell(&table, "%s", p->plan->domain.requests[c->request].text);
		table_cell(&table, "%s", pci_addr_format(&c->device->addr, addr));
		table_cell(&table, "%s", wishes);
	}
	(void)table_print_rows(&table);
}

static void print_candidates(const struct preview *p)
{
	struct table table;

	table_start(&table, "REQUEST", "ADDRESS", "MODEL", "GROUP", "DRIVER", "VERDICT");
	for (size_t i = 0; i < p->plan->host.allocation.count; i++) {
		const struct candidate *c = &p->plan->host.allocation.candidates[i];
		char addr[PCI_ADDR_LEN], why[VERDICT_LEN];

		if (!is_shown(p, c))
			continue;
		table_cell(&table, "%s", p->plan->domain.requests[c->request].text);
		table_cell(&table, "%s", pci_addr_format(&c->device->addr, addr));
		table_cell(&table, "%s", c->model->name);
		if (c->device->group == PCI_NO_GROUP)
			table_cell(&table, "-");
		else
			table_cell(&table, "%d", c->device->group);
		table_cell(&table, "%s", c->device->driver[0] ? c->device->driver : "-");
		verdict_format(&c->verdict, why);
		if (c->is_chosen && c->verdict.availability == AVAILABLE_DEGRADED)
			table_cell(&table, "chosen: %s", why);
		else
			table_cell(&table, "%s", c->is_chosen ? "chosen" : why);
	}
	(void)table_print_rows(&table);
}

static void print_unit(const struct preview *p, const struct lease_unit *unit)
{
	char name[2 * UNIT_NAME_LEN + 4], session[64] = "";
	struct unit_reason why;

	units_explain(&p->plan->host, unit, &why);
	if (!why.holder) {
		printf("would start %s, and stop it when they are back\n", unit->name);
		return;
	}
	/* The registry may call it by another name. */
	if (strcmp(why.listed, unit->name) == 0)
		snprintf(name, sizeof(name), "%s", unit->name);
	else
		snprintf(name, sizeof(name), "%s (%s)", why.listed, unit->name);
	if (why.ends_session)
		snprintf(session, sizeof(session), ": the graphical session of uid %u ends",
			 (unsigned)why.uid);
	print_line("%s (%d) has %s open; %s would be stopped%s", why.holder->command, (int)why.holder->pid,
		   why.holder->node, name, session);
}

static void print_told(const struct flow_plan *plan)
{
	for (size_t i = 0; i < plan->lease.grant_count; i++) {
		const struct lease_grant *grant = &plan->lease.grants[i];
		char addr[PCI_ADDR_LEN];

		if (grant->options.text[0])
			printf("would tell QEMU of %s (request %s): %s\n",
			       pci_addr_format(&grant->addr, addr), grant->request.text, grant->options.text);
	}
	for (size_t i = 0; i < plan->lease.net_count; i++) {
		const struct lease_net *net = &plan->lease.nets[i];
		const struct lease_grant *grant = lease_find_function(&plan->lease, &net->addr);
		char addr[PCI_ADDR_LEN], text[VF_NET_LEN];

		printf("would set %s of %s (request %s)\n", vf_net_text(&net->set, text),
		       pci_addr_format(&net->addr, addr), grant ? grant->request.text : "-");
	}
	for (size_t i = 0; i < plan->remarks.count; i++)
		print_line("to look at: %s", plan->remarks.lines[i]);
}

static void print_withouts(const struct flow_plan *plan)
{
	struct allocation_input input = plan_input(&plan->host, &plan->domain);

	for (size_t i = 0; i < plan->host.allocation.without_count && plan->outcome == 0; i++) {
		const struct without *without = &plan->host.allocation.withouts[i];

		print_line("request %s: none free; the domain starts without it: %s",
			   plan->domain.requests[without->request].text,
			   allocation_why_without(&input, without));
	}
}

static void print_text(const struct preview *p)
{
	print_candidates(p);
	print_wishes(p);
	for (size_t i = 0; i < p->plan->lease.member_count; i++) {
		const struct lease_member *member = &p->plan->lease.members[i];
		char addr[PCI_ADDR_LEN], setting[PCI_SETTING_LEN];

		pci_addr_format(&member->addr, addr);
		if (strcmp(member->driver, member->previous_driver) == 0) {
			printf("would leave %s (%s, group %d) on %s\n", addr, member_role_name(member->role),
			       member->group, member->driver);
			if (member->setting.attribute)
				printf("would set %s of %s; afterwards 0\n",
				       pci_setting_format(&member->setting, setting), addr);
			continue;
		}
		printf("would bind %s (%s, group %d) to %s; returned to: %s\n", addr,
		       member_role_name(member->role), member->group, member->driver,
		       member->previous_driver[0] ? member->previous_driver : "no driver");
	}
	for (size_t i = 0; i < p->plan->lease.unit_count; i++)
		print_unit(p, &p->plan->lease.units[i]);
	print_told(p->plan);
	print_withouts(p->plan);
	if (p->plan->outcome == 0)
		print_line("domain '%s': %s", p->plan->domain.name,
			   p->plan->domain.request_count ? "would start"
							 : "makes no request; pcitag has nothing to do");
}

static void put_wishes(struct json_object *entry, const struct preview *p, const struct candidate *c)
{
	struct allocation_input input = plan_input(&p->plan->host, &p->plan->domain);
	struct wish_check checks[WISH_CHECKS_MAX];
	size_t count = wish_check_all(&input, &p->plan->host.allocation, c, checks);
	struct json_object *wishes = count ? json_put_array(entry, "wishes") : NULL, *wish;

	for (size_t i = 0; i < count; i++) {
		wish = json_add_object(wishes);
		json_put_string(wish, "wish", checks[i].wish);
		json_put_string(wish, "value", checks[i].value);
		if (checks[i].rank)
			json_put_int(wish, "rank", (int)checks[i].rank);
		json_put_string(wish, "met", wish_met_name(checks[i].met));
	}
}

static void put_candidates(struct json_object *object, const struct preview *p)
{
	struct json_object *candidates = json_put_array(object, "candidates"), *entry;

	for (size_t i = 0; i < p->plan->host.allocation.count; i++) {
		const struct candidate *c = &p->plan->host.allocation.candidates[i];

		if (!is_shown(p, c))
			continue;
		entry = json_add_object(candidates);
		json_put_string(entry, "request", p->plan->domain.requests[c->request].text);
		json_put_device(entry, c->device);
		json_put_verdict(entry, c->model, &c->verdict);
		json_put_bool(entry, "chosen", c->is_chosen);
		put_wishes(entry, p, c);
	}
}

static void put_members(struct json_object *object, const struct lease *lease)
{
	struct json_object *members = json_put_array(object, "members");

	for (size_t i = 0; i < lease->member_count; i++) {
		const struct lease_member *member = &lease->members[i];
		struct json_object *entry = json_add_object(members);
		char setting[PCI_SETTING_LEN];

		json_put_address(entry, "address", &member->addr);
		json_put_int(entry, "group", member->group);
		json_put_string(entry, "role", member_role_name(member->role));
		json_put_string(entry, "driver", member->driver);
		json_put_string(entry, "previous_driver", member->previous_driver);
		if (member->setting.attribute)
			json_put_string(entry, "set", pci_setting_format(&member->setting, setting));
	}
}

/* Only for a domain whose models name units. */
static void put_units(struct json_object *object, const struct preview *p)
{
	struct json_object *units = p->plan->lease.unit_count ? json_put_array(object, "units") : NULL;

	for (size_t i = 0; i < p->plan->lease.unit_count; i++) {
		const struct lease_unit *unit = &p->plan->lease.units[i];
		struct json_object *entry = json_add_object(units);
		struct unit_reason why;

		units_explain(&p->plan->host, unit, &why);
		json_put_string(entry, "unit", unit->name);
		json_put_string(entry, "action", unit->action == UNIT_STOPPED ? "stop" : "start");
		json_put_string(entry, "listed_as", why.listed);
		json_put_string(entry, "command", why.holder ? why.holder->command : NULL);
		json_put_string(entry, "node", why.holder ? why.holder->node : NULL);
		if (why.holder)
			json_put_int(entry, "pid", why.holder->pid);
		if (why.ends_session)
			json_put_int(entry, "session_uid", why.uid);
	}
}

/* Only for a domain with settings of virtual functions. */
static void put_nets(struct json_object *object, const struct lease *lease)
{
	struct json_object *nets = lease->net_count ? json_put_array(object, "nets") : NULL;

	for (size_t i = 0; i < lease->net_count; i++) {
		struct json_object *entry = json_add_object(nets);
		char text[VF_NET_LEN];

		json_put_address(entry, "address", &lease->nets[i].addr);
		json_put_string(entry, "settings", vf_net_text(&lease->nets[i].set, text));
	}
}

/* Only for a domain that would start without a device. */
static void put_withouts(struct json_object *object, const struct flow_plan *plan)
{
	struct allocation_input input = plan_input(&plan->host, &plan->domain);
	size_t count = plan->outcome == 0 ? plan->host.allocation.without_count : 0;
	struct json_object *withouts = count ? json_put_array(object, "without") : NULL;

	for (size_t i = 0; i < count; i++) {
		const struct without *without = &plan->host.allocation.withouts[i];
		struct json_object *entry = json_add_object(withouts);

		json_put_string(entry, "request", plan->domain.requests[without->request].text);
		json_put_string(entry, "why", allocation_why_without(&input, without));
	}
}

static void put_told(struct json_object *object, const struct flow_plan *plan)
{
	struct json_object *told = json_put_array(object, "options"), *remarks;

	for (size_t i = 0; i < plan->lease.grant_count; i++) {
		const struct lease_grant *grant = &plan->lease.grants[i];
		struct json_object *entry;

		if (!grant->options.text[0])
			continue;
		entry = json_add_object(told);
		json_put_string(entry, "request", grant->request.text);
		json_put_address(entry, "address", &grant->addr);
		json_put_string(entry, "options", grant->options.text);
	}
	remarks = json_put_array(object, "remarks");
	for (size_t i = 0; i < plan->remarks.count; i++)
		json_object_array_add(remarks, json_object_new_string(plan->remarks.lines[i]));
}

static void print_json(const struct preview *p)
{
	struct json_object *object = json_output_start();

	json_put_string(object, "domain", p->plan->domain.name);
	json_put_string(object, "uuid", p->plan->domain.uuid);
	json_put_bool(object, "starts", p->plan->outcome == 0);
	json_put_string(object, "refusal", p->plan->outcome ? p->plan->refusal.msg : NULL);
	put_candidates(object, p);
	put_members(object, &p->plan->lease);
	put_units(object, p);
	put_nets(object, &p->plan->lease);
	put_withouts(object, p->plan);
	put_told(object, p->plan);
	json_output_print(object);
}

static int run(const struct arguments *arguments)
{
	CLEANUP(flow_plan_clear) struct flow_plan plan = { 0 };
	struct preview preview = { .request = arguments_option(arguments, "request"), .plan = &plan };
	struct error err;
	int rc = device_filter_read(arguments, &preview.filter);

	if (rc != EXIT_DONE)
		return rc;
	if (arguments_option(arguments, "cluster"))
		return cluster_plan_run(arguments);
	if (read_plan(&preview, arguments->plain[0], &err) < 0)
		return report(&err);
	if (arguments->json)
		print_json(&preview);
	else
		print_text(&preview);
	(void)fflush(stdout); /* the table before the refusal, when both go to the same place */
	return plan.outcome ? report(&plan.refusal) : EXIT_DONE;
}

const struct verb verb_plan = {
	.name = "plan",
	.help = "what starting a domain would do; changes nothing",
	.arguments = "DOMAIN.xml|-",
	.options = { { "request", "REQUEST", "only candidates for this request of the domain" },
		     { FILTER_TYPE },
		     { FILTER_MODEL },
		     { FILTER_FREE },
		     { FILTER_GROUP },
		     { FILTER_NUMA },
		     { "cluster", NULL, "on each node of the cluster, by what it has published" } },
	.run = run,
};
