/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/host_map.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fileio.h"
#include "flow/assign/plan.h"
#include "host/describe/names.h"
#include "model/pci/kind.h"

/* A section that contains only the ids. */
static const struct model plain_model = { .enabled = true };

void host_map_clear(struct host_map *map)
{
	if (map->names)
		pci_names_close(map->names);
	map_clear(&map->map);
	free(map->functions);
	free(map->items);
	host_state_clear(&map->host);
	*map = (struct host_map){ 0 };
}

/* A function that no model matches may be lent with its group. */
static enum map_state state_of(const struct host_map_item *item)
{
	enum map_state state = map_state_of(item->verdict.availability);

	if (item->model || state == MAP_LEASED || state == MAP_QUARANTINED || state == MAP_HELD)
		return state;
	return item->need.availability != AVAILABLE || verdict_rows[item->verdict.availability].is_host_need
		       ? MAP_HOST
		       : MAP_UNREGISTERED;
}

static int judge_all(struct host_map *map, struct error *err)
{
	struct allocation_input input = plan_input(&map->host, NULL);
	const struct topology *topology = &map->host.topology;

	map->functions = calloc(topology->count + 1, sizeof(*map->functions));
	map->items = calloc(topology->count + 1, sizeof(*map->items));
	if (!map->functions || !map->items)
		return error_set(err, ENOMEM, "cannot draw %zu functions", topology->count);
	for (size_t i = 0; i < topology->count; i++) {
		const struct pci_device *device = &topology->devices[i];
		struct host_map_item *item = &map->items[i];
		struct map_function *function = &map->functions[i];

		item->model = registry_first_match(&map->host.registry, NULL, device);
		allocator_judge(&input, item->model ? item->model : &plain_model, device, &item->verdict);
		if (!item->model)
			allocator_judge_need(device, &item->need);
		function->device = device;
		function->state = state_of(item);
		function->kind = item->model ? item->model->name : pci_kind_type(pci_class(&device->id));
		function->is_part = !item->model && function->state >= MAP_HOST &&
				    pci_kind_part(device, !device->has_parent) != PCI_PART_NONE;
	}
	return 0;
}

/* ---- what a domain has, or would get ----------------------------------------------------------------- */

static void mark(struct host_map *map, const struct pci_addr *addr)
{
	const struct pci_device *device = topology_find(&map->host.topology, addr);

	if (device)
		map->functions[device - map->host.topology.devices].is_marked = true;
}

static void mark_lease(struct host_map *map, const struct lease *lease)
{
	for (size_t i = 0; i < lease->member_count; i++)
		mark(map, &lease->members[i].addr);
	for (size_t i = 0; i < lease->hostdev_count; i++)
		mark(map, &lease->hostdevs[i].addr);
}

static int mark_planned(const struct paths *paths, const char *xml, size_t len, struct host_map *map,
			struct error *err)
{
	CLEANUP(flow_plan_clear) struct flow_plan plan = { 0 };

	if (flow_plan(paths, xml, len, &plan, err) < 0)
		return -1;
	map->is_planned = true;
	map->outcome = plan.outcome;
	map->refusal = plan.refusal;
	snprintf(map->domain, sizeof(map->domain), "%s", plan.domain.name);
	mark_lease(map, &plan.lease);
	return 0;
}

/* libvirt keeps the definition under the domain's name (libvirt: src/conf/domain_conf.c,
 * virDomainConfigFile).
 */
static int mark_defined(const struct paths *paths, const char *name, struct host_map *map, struct error *err)
{
	CLEANUP_FREE char *xml = NULL;
	char path[PATH_MAX];
	size_t len = 0;

	if (strchr(name, '/') ||
	    (size_t)snprintf(path, sizeof(path), "%s/qemu/%s.xml", paths->libvirt_etc, name) >= sizeof(path))
		return error_set(err, 0, "map --domain: '%.64s' is not the name of a domain", name);
	if (read_file_at(AT_FDCWD, path, DOMAIN_XML_MAX, &xml, &len, err) < 0)
		return err->code == ENOENT
			       ? error_set(err, 0,
					   "map --domain: domain '%.64s' has no device, and libvirt has no "
					   "%s; give its definition: virsh dumpxml DOMAIN | pcitag map "
					   "--domain -",
					   name, path)
			       : -1;
	return mark_planned(paths, xml, len, map, err);
}

static int mark_domain(const struct paths *paths, const char *name, struct host_map *map, struct error *err)
{
	for (size_t i = 0; i < map->host.leases.count; i++) {
		const struct lease *lease = map->host.leases.leases[i];

		if (!lease_is_of(lease, name))
			continue;
		snprintf(map->domain, sizeof(map->domain), "%s", lease->domain);
		mark_lease(map, lease);
	}
	return map->domain[0] ? 0 : mark_defined(paths, name, map, err);
}

int host_map_read(const struct host_map_query *query, struct host_map *out, struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	struct progress_skips skips = { 0 };
	const struct host_query host_query = { .paths = query->paths,
					       .sysfs = &sysfs,
					       .reach = REACH_WHOLE,
					       .skips = &skips,
					       .with_places = true };
	const struct map_limits usual = { 0 };
	int rc;

	*out = (struct host_map){ 0 };
	if (sysfs_open(query->paths->sys, &sysfs, err) < 0 ||
	    host_state_read(&host_query, &out->host, err) < 0 || judge_all(out, err) < 0)
		return -1;
	rc = query->xml	     ? mark_planned(query->paths, query->xml, query->xml_len, out, err)
	     : query->domain ? mark_domain(query->paths, query->domain, out, err)
			     : 0;
	if (rc < 0)
		return -1;
	out->names = pci_names_open();
	return map_build(out->functions, out->host.topology.count, &usual, &out->map, err);
}

/* ---- texts ------------------------------------------------------------------------------------------- */

char *host_map_describe(const struct host_map *map, size_t function, char buf[static HOST_MAP_TEXT_LEN])
{
	const struct model *model = map->items[function].model;
	const struct pci_identity *id = &map->functions[function].device->id;
	struct pci_names names;

	buf[0] = '\0';
	if (model) {
		text_append(buf, HOST_MAP_TEXT_LEN, "%s (%s)", model->name, model->type);
		return buf;
	}
	pci_names_look_up(map->names, id, &names);
	if (names.device[0])
		text_append(buf, HOST_MAP_TEXT_LEN, "%s", names.device);
	else
		text_append(buf, HOST_MAP_TEXT_LEN, "%04x:%04x", id->vendor, id->device);
	text_append(buf, HOST_MAP_TEXT_LEN, " (%s)",
		    names.class_name[0] ? names.class_name : map->functions[function].kind);
	return buf;
}

const char *host_map_holder(const struct host_map *map, size_t function)
{
	return map->items[function].verdict.holder;
}

char *host_map_reason(const struct host_map *map, size_t function, char buf[static VERDICT_LEN])
{
	const struct host_map_item *item = &map->items[function];
	enum map_state state = map->functions[function].state;

	buf[0] = '\0';
	if (state == MAP_UNREGISTERED)
		text_append(buf, VERDICT_LEN, "no model of the registry matches it");
	else if (state == MAP_HOST && item->need.availability != AVAILABLE)
		verdict_format(&item->need, buf);
	else if (state != MAP_FREE)
		verdict_format(&item->verdict, buf);
	return buf;
}
