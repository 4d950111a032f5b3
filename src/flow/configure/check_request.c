/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/check_request.h"

#include "host/config/registry_ini.h"
#include "host/pci/scan.h"
#include "model/allocate/allocator.h"

static int count_devices(const struct paths *paths, const struct registry *registry, const char *name,
			 size_t *devices, struct error *err)
{
	CLEANUP(topology_clear) struct topology topology = { 0 };
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	int rc;

	if (sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	rc = pci_scan(&sysfs, registry, NULL, &topology, err);
	*devices = 0;
	for (size_t i = 0; rc == 0 && i < topology.count; i++)
		*devices += registry_first_match(registry, name, &topology.devices[i]) != NULL;
	return rc;
}

int flow_check_request(const struct paths *paths, const struct request *request, size_t *devices,
		       struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };
	int rc = registry_load(paths->etc, &registry, err);

	if (rc == 0 && allocator_check_name(&registry, request, err) != 0)
		return FLOW_REFUSED;
	return rc == 0 ? count_devices(paths, &registry, request->name, devices, err) : rc;
}
