/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/inventory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "flow/assign/observe.h"
#include "flow/assign/plan.h"
#include "host/config/registry_ini.h"
#include "host/describe/around.h"
#include "host/pci/device.h"
#include "host/pci/marks.h"
#include "host/pci/place.h"
#include "host/pci/scan.h"
#include "host/system/iommu.h"

/* ---- what the registry matches ---------------------------------------------------------------------- */

static int collect_matching(struct inventory *out, const char *name, struct error *err)
{
	struct allocation_input input = plan_input(&out->host, NULL);
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
	rc = host_state_read(&query, &out->host, err);
	if (rc == 0)
		rc = pci_facts_read_nodes(&sysfs, &out->host.topology, err);
	return rc < 0 ? -1 : collect_matching(out, name, err);
}

void inventory_clear(struct inventory *inventory)
{
	free(inventory->items);
	host_state_clear(&inventory->host);
	*inventory = (struct inventory){ 0 };
}

static void count_device(const struct registry *registry, const struct request *request,
			 const struct pci_device *device, struct request_view *out)
{
	if (!registry_first_match(registry, request->name, device))
		return;
	out->devices++;
	if (device->place.has_node)
		number_set_add(&out->nodes, device->place.node);
}

int flow_check_request(const struct paths *paths, const struct request *request, struct request_view *out,
		       struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };
	CLEANUP(topology_clear) struct topology topology = { 0 };
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	const struct profile *profile;
	struct number_set online;

	*out = (struct request_view){ 0 };
	if (registry_load(paths->etc, &registry, err) < 0)
		return -1;
	if (allocator_check_name(&registry, request, err) != 0)
		return FLOW_REFUSED;
	profile = registry_find_profile(&registry, request->name);
	out->numa = profile ? profile->wishes.numa : WISH_NUMA_UNSET;
	if (sysfs_open(paths->sys, &sysfs, err) < 0 ||
	    pci_scan(&sysfs, &registry, NULL, &topology, err) < 0 ||
	    numa_read_online(&sysfs, &online, err) < 0 ||
	    pci_places_read(&sysfs, &online, &topology, err) < 0)
		return -1;
	for (size_t i = 0; i < topology.count; i++) {
		if (registry_asks_for_marks(&registry, &topology.devices[i]))
			pci_marks_read(&sysfs, &topology.devices[i]);
	}
	for (size_t i = 0; i < topology.count; i++)
		count_device(&registry, request, &topology.devices[i], out);
	return 0;
}

/* ---- every function --------------------------------------------------------------------------------- */

/* A section that contains only the ids. */
static const struct model plain_model = { .enabled = true };

static void judge(const struct survey *survey, struct survey_item *item)
{
	struct allocation_input input = plan_input(&survey->host, NULL);

	item->model = registry_first_match(&survey->host.registry, NULL, item->device);
	allocator_judge(&input, item->model ? item->model : &plain_model, item->device, &item->verdict);
	allocator_judge_need(item->device, &item->need);
	/* Only the verdict on the whole group shows which force entries would suffice. */
	if (item->verdict.force_count) {
		memcpy(item->need.force, item->verdict.force, sizeof(item->need.force));
		item->need.force_count = item->verdict.force_count;
		item->need.force_is_vain = item->verdict.force_is_vain;
		item->need.is_console_input = item->verdict.is_console_input;
	}
	item->part = pci_kind_part(item->device, item->facts.on_root);
}

/* A device that is assigned, or otherwise in use by a guest, is a candidate, too. */
static bool is_candidate(const struct survey *survey, const struct survey_item *item)
{
	if (item->model || item->part != PCI_PART_NONE || item->need.availability != AVAILABLE)
		return false;
	if (item->verdict.availability == UNAVAILABLE_NO_GROUP)
		return !survey->host.has_iommu; /* it may have one when there is an IOMMU */
	return verdict_rows[item->verdict.availability].is_fit;
}

/* Every pci.ids names this class. */
static bool has_class_names(struct pci_names_source *source)
{
	const struct pci_identity bridge = { .class_code = PCI_CLASS_BRIDGE_PCI << 8 };
	struct pci_names names;

	pci_names_look_up(source, &bridge, &names);
	return names.class_name[0] != '\0';
}

/* In memory shared with the process that reads the facts. */
struct facts_read {
	struct progress progress;
	struct pci_facts facts[];
};

struct facts_order {
	const struct sysfs *sysfs;
	const struct survey *survey;
	const struct progress_skips *skips;
	struct facts_read *out;
};

static int read_all_facts(const void *arg, struct error *err)
{
	const struct facts_order *order = arg;
	int rc = 0;

	progress_begin(&order->out->progress, order->skips);
	for (size_t i = 0; i < order->survey->count && rc == 0; i++)
		rc = pci_facts_read(order->sysfs, &order->survey->items[i].device->addr,
				    &order->out->facts[i], err);
	return rc;
}

/* A device that does not answer has only the facts that the kernel keeps itself. */
static int read_facts(const struct sysfs *sysfs, struct survey *survey, struct progress_skips *skips,
		      struct error *err)
{
	size_t size = sizeof(struct facts_read) + survey->count * sizeof(struct pci_facts);
	struct facts_order order = { sysfs, survey, skips, NULL };
	int rc;

	order.out = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (order.out == MAP_FAILED)
		return error_set(err, errno, "cannot look at this host");
	rc = observe_run(read_all_facts, &order, &order.out->progress, OBSERVE_QUICKLY_MS, skips, err);
	for (size_t i = 0; i < survey->count; i++)
		survey->items[i].facts = order.out->facts[i];
	(void)munmap(order.out, size);
	return rc;
}

static int describe(const struct sysfs *sysfs, struct survey *survey, struct progress_skips *skips,
		    struct error *err)
{
	struct pci_names_source *names;

	if (read_facts(sysfs, survey, skips, err) != 0)
		return -1;
	names = pci_names_open();
	for (size_t i = 0; i < survey->count; i++) {
		struct survey_item *item = &survey->items[i];

		judge(survey, item);
		pci_names_look_up(names, &item->device->id, &item->names);
		survey->inputs[i] = (struct suggestion_input){
			.device = item->device,
			.vendor_name = item->names.vendor,
			.device_name = item->names.device,
			.class_name = item->names.class_name,
			.is_candidate = is_candidate(survey, item),
		};
	}
	survey->has_names = has_class_names(names);
	pci_names_close(names);
	return 0;
}

static void assign_sections(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct survey_item *item = &survey->items[i];
		const struct suggestion_input *leader;

		leader = suggestion_leader(survey->inputs, survey->count, &survey->inputs[i]);
		item->goes_with = leader ? leader->device : NULL;
		if (leader || !survey->inputs[i].is_candidate)
			continue;
		for (size_t j = 0; j < survey->sections.count && !item->section; j++) {
			if (suggestion_matches(&survey->sections.items[j], item->device))
				item->section = &survey->sections.items[j];
		}
	}
}

static int collect(const struct sysfs *sysfs, struct survey *survey, struct progress_skips *skips,
		   struct error *err)
{
	const struct topology *topology = &survey->host.topology;

	survey->items = calloc(topology->count + 1, sizeof(*survey->items));
	survey->inputs = calloc(topology->count + 1, sizeof(*survey->inputs));
	if (!survey->items || !survey->inputs)
		return error_set(err, ENOMEM, "cannot list %zu devices", topology->count);
	survey->count = topology->count;
	for (size_t i = 0; i < survey->count; i++)
		survey->items[i].device = &topology->devices[i];
	if (describe(sysfs, survey, skips, err) < 0 ||
	    suggest_sections(&survey->host.registry, survey->inputs, survey->count, &survey->sections, err) <
		    0)
		return -1;
	assign_sections(survey);
	return 0;
}

int survey_read(const struct paths *paths, const struct pci_addr *addr, struct survey *out, struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	struct progress_skips skips = { 0 };
	const struct host_query query = { .paths = paths,
					  .sysfs = &sysfs,
					  .reach = REACH_WHOLE,
					  .skips = &skips,
					  .with_places = true,
					  .with_marks = addr != NULL,
					  .scan = addr ? pci_around_scan : NULL,
					  .context = addr };
	int rc;

	*out = (struct survey){ 0 };
	if (sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	rc = host_state_read(&query, &out->host, err);
	if (rc == 0 && !out->host.has_iommu)
		out->iommu_advice = iommu_advice_here(false);
	if (rc == 0)
		rc = collect(&sysfs, out, &skips, err);
	return rc;
}

int flow_read_place(const struct paths *paths, const struct pci_addr *addr, struct pci_place *out,
		    struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	struct pci_device device = { .addr = *addr };
	char path[SYSFS_PATH_LEN];
	struct number_set online;
	int rc;

	if (sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	rc = sysfs_find(&sysfs, sysfs_device_path(addr, NULL, path), err);
	if (rc != 0)
		return rc < 0 ? -1 : SYSFS_ABSENT;
	rc = pci_device_read_physfn(&sysfs, addr, &device.physfn, err);
	device.is_virtual = rc == 0;
	if (rc < 0 || numa_read_online(&sysfs, &online, err) < 0 ||
	    pci_place_read(&sysfs, &online, &device, err) < 0)
		return -1;
	*out = device.place;
	return 0;
}

void survey_clear(struct survey *survey)
{
	suggestion_list_clear(&survey->sections);
	free(survey->inputs);
	free(survey->items);
	host_state_clear(&survey->host);
	*survey = (struct survey){ 0 };
}

const struct survey_item *survey_find(const struct survey *survey, const struct pci_addr *addr)
{
	const struct pci_device *device = topology_find(&survey->host.topology, addr);

	return device ? &survey->items[device - survey->host.topology.devices] : NULL;
}

const struct survey_item *survey_next_member(const struct survey *survey, const struct survey_item *item,
					     const struct survey_item *previous)
{
	const struct topology *topology = &survey->host.topology;
	const struct pci_device *member = previous ? previous->device : NULL;

	if (item->device->group == PCI_NO_GROUP)
		return NULL;
	do {
		member = topology_next_member(topology, item->device->group, member);
	} while (member == item->device);
	return member ? &survey->items[member - topology->devices] : NULL;
}

bool survey_wants_section(const struct survey *survey, const struct survey_item *item)
{
	return survey->inputs[item - survey->items].is_candidate && !item->goes_with;
}

bool survey_is_shown(const struct survey_item *item)
{
	return item->model || item->part == PCI_PART_NONE;
}

char *survey_format_reason(const struct survey_item *item, char buf[static VERDICT_LEN])
{
	char addr[PCI_ADDR_LEN];

	buf[0] = '\0';
	if (item->goes_with)
		snprintf(buf, VERDICT_LEN, "goes with %s", pci_addr_format(&item->goes_with->addr, addr));
	else if (item->model || item->section)
		return buf;
	else if (item->need.availability != AVAILABLE)
		verdict_format(&item->need, buf);
	else if (item->part == PCI_PART_OF_CHIPSET)
		snprintf(buf, VERDICT_LEN, "is part of the chipset (class %04x of vendor %04x%s%s)",
			 pci_class(&item->device->id), item->device->id.vendor,
			 item->device->driver[0] ? ", driver " : "", item->device->driver);
	else if (item->part == PCI_PART_OF_MACHINE)
		snprintf(buf, VERDICT_LEN, "is part of the machine by its class %04x",
			 pci_class(&item->device->id));
	else
		verdict_format(&item->verdict, buf);
	return buf;
}
