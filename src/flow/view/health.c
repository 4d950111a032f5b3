/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/health.h"

#include "host/config/registry_ini.h"

int health_read_leases(const struct paths *paths, struct lease_list *out, struct error *err)
{
	CLEANUP(lease_store_close) struct lease_store store = LEASE_STORE_CLOSED;
	int rc = lease_store_open(paths->run, false, &store, err);

	*out = (struct lease_list){ 0 };
	if (rc == 0)
		rc = lease_store_load_all(&store, out, err);
	return rc == LEASE_STORE_ABSENT ? 0 : rc;
}

void health_read(const struct paths *paths, struct health *out)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };
	struct settings settings;

	*out = (struct health){ 0 };
	out->registry_valid = settings_load(paths->etc, &settings, NULL) == 0 &&
			      registry_load(paths->etc, &registry, NULL) == 0;
	out->models = registry.count;
	out->leases_readable = health_read_leases(paths, &out->leases, NULL) == 0;
	counters_read(paths->run, &out->counters);
}

void health_clear(struct health *health)
{
	lease_list_clear(&health->leases);
}
