/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/preview.h"

#include "flow/assign/nets.h"
#include "flow/assign/units.h"
#include "host/describe/facts.h"
#include "host/xml/domain.h"

/* As a start does (flow/start/prepare.c), but nothing is stopped. */
static int decide(const struct paths *paths, const struct sysfs *sysfs, struct flow_plan *out,
		  struct error *err)
{
	int rc = plan_decide(&out->host, sysfs, &out->domain, &out->lease, err);
	struct error why;

	if (rc == FLOW_REFUSED && units_may_help(&out->host)) {
		if (units_look(paths, sysfs, &out->host, &why) < 0) {
			text_append(err->msg, sizeof(err->msg),
				    "; what its stop_units hold cannot be told: %s", why.msg);
			return rc;
		}
		allocation_clear(&out->host.allocation);
		lease_clear(&out->lease);
		rc = plan_decide(&out->host, sysfs, &out->domain, &out->lease, err);
	}
	if (rc == FLOW_REFUSED && plan_go_without(&out->host)) {
		lease_clear(&out->lease);
		rc = plan_decide(&out->host, sysfs, &out->domain, &out->lease, err);
	}
	if (rc != 0 || !out->domain.request_count)
		return rc;
	if (units_are_named(&out->host, &out->domain) &&
	    units_choose(&out->host, &out->domain, &out->lease, err) < 0)
		return FLOW_REFUSED;
	return nets_plan(&out->host, &out->domain, &out->lease, err);
}

int flow_plan(const struct paths *paths, const char *xml, size_t len, struct flow_plan *out,
	      struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	const struct host_query query = {
		.paths = paths, .sysfs = &sysfs, .reach = REACH_ALL, .asking = &out->domain
	};
	int rc;

	*out = (struct flow_plan){ 0 };
	if (domain_xml_parse(xml, len, &out->domain, &out->refusal) < 0 ||
	    plan_check_domain(&out->domain, &out->refusal) != 0) {
		out->outcome = FLOW_REFUSED;
		return 0;
	}
	if (domain_remarks_read(xml, len, &out->domain, &out->remarks, err) < 0)
		return -1;
	if (sysfs_open(paths->sys, &sysfs, err) < 0 || host_state_read(&query, &out->host, err) < 0 ||
	    pci_facts_read_nodes(&sysfs, &out->host.topology, err) < 0)
		return -1;
	out->is_read = true;
	rc = decide(paths, &sysfs, out, err);
	if (rc == FLOW_REFUSED) {
		out->outcome = FLOW_REFUSED;
		out->refusal = *err;
		lease_clear(&out->lease); /* nothing would be done */
		(void)error_prefix(&out->refusal, "domain '%s'", out->domain.name);
	}
	return rc < 0 ? -1 : 0;
}

void flow_plan_clear(struct flow_plan *plan)
{
	lease_clear(&plan->lease);
	host_state_clear(&plan->host);
	domain_clear(&plan->domain);
	domain_remarks_clear(&plan->remarks);
}
