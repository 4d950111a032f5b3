/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/fleet.h"

#include "flow/assign/plan.h"
#include "flow/assign/units.h"
#include "host/config/registry_ini.h"
#include "host/store/cluster_domains.h"
#include "host/xml/domain.h"
#include "model/fleet/demand.h"

/* A device that is being returned while it is read is there the next time. */
#define READS_MAX 3

void fleet_clear(struct fleet *fleet)
{
	fleet_report_clear(&fleet->report);
	fleet_counts_clear(&fleet->capacity);
	fleet_domains_clear(&fleet->domains);
	host_state_clear(&fleet->host);
	*fleet = (struct fleet){ 0 };
}

/* True when processes hold a device of a model that says which units let go of it. */
static bool is_held_by_units(const struct host_state *host)
{
	for (size_t i = 0; i < host->topology.count; i++) {
		const struct pci_device *device = &host->topology.devices[i];
		const struct model *model =
			device->is_held ? registry_first_match(&host->registry, NULL, device) : NULL;

		if (model && model->stop_units.count)
			return true;
	}
	return false;
}

static int read_once(const struct paths *paths, const struct lease_store *store, struct fleet *out,
		     struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	const struct host_query query = { .paths = paths, .sysfs = &sysfs, .reach = REACH_ALL };

	if (sysfs_open(paths->sys, &sysfs, err) < 0 || host_state_look(&query, store, &out->host, err) < 0)
		return -1;
	if (is_held_by_units(&out->host) && units_look(paths, &sysfs, &out->host, err) < 0)
		return -1;
	if (host_state_take_leases(&out->host, store, err) < 0 ||
	    cluster_domains_load(&out->domains, err) < 0)
		return -1;
	(void)fleet_hash(&out->host.registry, out->hash);
	return 0;
}

static int count(struct fleet *fleet, struct error *err)
{
	struct allocation_input input = plan_input(&fleet->host, NULL);
	const struct fleet_host host = { .in = &input,
					 .domains = &fleet->domains,
					 .is_off = !fleet->host.settings.enabled };

	return fleet_capacity(&host, &fleet->capacity, err);
}

int flow_fleet_capacity(const struct paths *paths, struct fleet *out, struct error *err)
{
	CLEANUP(lease_store_close) struct lease_store store = LEASE_STORE_CLOSED;
	int rc = FLEET_UNCLEAR;

	*out = (struct fleet){ 0 };
	if (lease_store_open(paths->run, true, &store, err) < 0)
		return -1;
	for (int i = 0; i < READS_MAX && rc == FLEET_UNCLEAR; i++) {
		fleet_clear(out);
		rc = read_once(paths, &store, out, err);
		if (rc == 0)
			rc = count(out, err);
	}
	return rc == 0 ? 0 : -1;
}

int flow_fleet_report(const struct paths *paths, struct fleet *out, struct error *err)
{
	CLEANUP(lease_store_close) struct lease_store store = LEASE_STORE_CLOSED;
	struct allocation_input input;

	*out = (struct fleet){ 0 };
	if (lease_store_open(paths->run, true, &store, err) < 0 || read_once(paths, &store, out, err) < 0)
		return -1;
	input = plan_input(&out->host, NULL);
	return fleet_report_make(&input, &out->report, err);
}

int flow_fleet_demand(const struct paths *paths, const char *xml, size_t len, struct domain *domain,
		      struct fleet_counts *out, struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };

	*domain = (struct domain){ 0 };
	if (domain_xml_parse(xml, len, domain, err) < 0 || registry_load(paths->etc, &registry, err) < 0)
		return -1;
	for (size_t i = 0; i < domain->request_count; i++) {
		if (allocator_check_name(&registry, &domain->requests[i], err) != 0)
			return FLOW_REFUSED;
	}
	return fleet_demand(&registry, domain, out, err);
}
