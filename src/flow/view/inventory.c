/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/inventory.h"

#include <errno.h>

#include "flow/assign/plan.h"
#include "host/describe/facts.h"

static int collect(struct inventory *out, const char *name, struct error *err)
{
	const struct domain nobody = { 0 };
	struct allocation_input input = plan_input(&out->host, &nobody);
	const struct topology *topology = &out->host.topology;

	out->items = calloc(topology->count + 1, sizeof(*out->items));
	if (!out->items)
		return error_set(err, ENOMEM, "cannot list %zu devices", topology->count);
	for (size_t i = 0; i < topology->count; i++) {
		struct inventory_item item = { .device = &topology->devices[i] };

		item.model = registry_first_match(&out->host.registry, name, item.device);
		if (!item.model)
			continue; /* listed only as a member of a group */
		allocator_judge(&input, item.model, item.device, &item.verdict);
		out->items[out->count++] = item;
	}
	return 0;
}

int inventory_read(const struct paths *paths, const char *name, struct inventory *out, struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	const struct host_query query = { .paths = paths, .sysfs = &sysfs, .reach = REACH_ALL };
	int rc;

	*out = (struct inventory){ 0 };
	if (sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	rc = host_state_read_now(&query, &out->host, err);
	if (rc == 0)
		rc = pci_facts_read_nodes(&sysfs, &out->host.topology, err);
	return rc < 0 ? -1 : collect(out, name, err);
}

void inventory_clear(struct inventory *inventory)
{
	free(inventory->items);
	host_state_clear(&inventory->host);
	*inventory = (struct inventory){ 0 };
}
