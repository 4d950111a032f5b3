/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "host/config/registry_ini.h"
#include "host/xml/domain.h"
#include "model/allocate/request_wishes.h"
#include "model/fleet/demand.h"

void cluster_plan_clear(struct cluster_plan *plan)
{
	for (size_t i = 0; plan->places && i < plan->nodes.count; i++)
		remote_report_clear(&plan->places[i].report);
	free(plan->places);
	cluster_nodes_clear(&plan->nodes);
	domain_clear(&plan->domain);
	*plan = (struct cluster_plan){ 0 };
}

/* Why the cluster starts nothing there; NULL when it does. */
static const char *why_idle(const struct cluster_node *node)
{
	if (node->is_unclean)
		return "it is to be fenced";
	if (!node->is_online)
		return "it is offline";
	if (node->is_pending)
		return "it is just joining";
	if (node->is_standby)
		return "it is in standby";
	if (node->is_maintenance)
		return "it is in maintenance";
	return NULL;
}

static void explain_lack(const struct cluster_plan *plan, size_t request, struct cluster_place *place)
{
	const struct request *asked = &plan->domain.requests[request];
	size_t matching = 0, free = 0;
	char more[64] = "";

	for (size_t i = 0; i < place->report.count; i++) {
		const struct remote_device *device = &place->report.devices[i];

		if (!remote_answers(device, asked->name))
			continue;
		matching += device->count;
		free += remote_is_free(device) ? device->count : 0;
	}
	if (place->report.more)
		snprintf(more, sizeof(more), "; %u are not in its report", place->report.more);
	if (free)
		snprintf(place->why, sizeof(place->why), "request %s: %zu free, which other requests need%s",
			 asked->text, free, more);
	else if (matching)
		snprintf(place->why, sizeof(place->why), "request %s: %zu there, none free%s", asked->text,
			 matching, more);
	else
		snprintf(place->why, sizeof(place->why), "request %s: there is no such device%s", asked->text,
			 more);
}

static void add_remarks(const char *hash, int64_t now, struct cluster_place *place)
{
	char *text = place->remark;
	size_t size = sizeof(place->remark);
	int64_t ahead = place->report.time - now;

	place->age = ahead < 0 ? -ahead : ahead <= CLUSTER_CLOCK_SECONDS ? 0 : -1;
	if (place->age < 0)
		text_append(text, size, "its clock is %lld s ahead of this one, so its report may be old",
			    (long long)ahead);
	else if (place->age >= CLUSTER_REPORT_OLD_SECONDS)
		text_append(text, size, "its report is %lld s old", (long long)place->age);
	if (hash[0] && strcmp(hash, place->report.hash) != 0)
		text_append(text, size, "%sits registry has other names than the one here",
			    text[0] ? "; " : "");
}

static void look_at(const struct cluster_plan *plan, const struct cluster_node *node, const char *hash,
		    int64_t now, struct cluster_place *place)
{
	const char *idle = why_idle(node);
	struct error why;
	size_t lacking;

	if (node->report && remote_report_read(node->report, &place->report, &why) == 0) {
		place->has_report = true;
		add_remarks(hash, now, place);
	}
	if (idle)
		snprintf(place->why, sizeof(place->why), "%s", idle);
	else if (!node->report)
		snprintf(place->why, sizeof(place->why),
			 "it has published no report: ocf:pcitag:capacity does not run there");
	else if (!place->has_report)
		snprintf(place->why, sizeof(place->why), "its report cannot be understood: %.200s", why.msg);
	if (place->why[0])
		return;
	lacking = remote_lacks(&place->report, &plan->domain, plan->is_optional);
	if (lacking < plan->domain.request_count)
		explain_lack(plan, lacking, place);
}

static int read_domain(const struct paths *paths, const char *xml, size_t len, struct cluster_plan *out,
		       char hash[static FLEET_HASH_LEN], struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };
	struct error why;

	if (domain_xml_parse(xml, len, &out->domain, err) < 0)
		return -1;
	/* A mistake in the registry here says nothing about the others. */
	hash[0] = '\0';
	if (registry_load(paths->etc, &registry, &why) == 0)
		(void)fleet_hash(&registry, hash);
	for (size_t i = 0; i < out->domain.request_count; i++)
		out->is_optional[i] = request_is_optional(&registry, &out->domain, &out->domain.requests[i]);
	return 0;
}

int flow_cluster_plan(const struct paths *paths, const char *xml, size_t len, struct cluster_plan *out,
		      struct error *err)
{
	char hash[FLEET_HASH_LEN];
	int64_t now = (int64_t)time(NULL);

	*out = (struct cluster_plan){ 0 };
	if (read_domain(paths, xml, len, out, hash, err) < 0 || cluster_nodes_read(&out->nodes, err) < 0)
		return -1;
	out->places = calloc(out->nodes.count, sizeof(*out->places));
	if (!out->places)
		return error_set(err, ENOMEM, "cannot list %zu nodes", out->nodes.count);
	for (size_t i = 0; i < out->nodes.count; i++) {
		look_at(out, &out->nodes.items[i], hash, now, &out->places[i]);
		out->possible += !out->places[i].why[0];
	}
	return 0;
}
