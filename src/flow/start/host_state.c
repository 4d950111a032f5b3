/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/start/host_state.h"

#include <errno.h>
#include <string.h>

#include "flow/start/observe.h"
#include "host/config/registry_ini.h"
#include "host/config/settings_ini.h"
#include "host/in_use/in_use.h"
#include "host/pci/around.h"
#include "host/pci/card.h"
#include "host/pci/scan.h"
#include "host/xml/hostdev_networks.h"

void plan_clear(struct plan *plan)
{
	allocation_clear(&plan->allocation);
	lease_list_clear(&plan->leases);
	topology_clear(&plan->topology);
	registry_clear(&plan->registry);
	*plan = (struct plan){ 0 };
}

static bool is_wanted(const struct model *model, const struct domain *asking)
{
	for (size_t i = 0; i < asking->request_count; i++) {
		if (model_answers_to(model, asking->requests[i].name))
			return true;
	}
	return false;
}

/* Parameters of the process that reads the host. */
struct look {
	const struct paths *paths;
	const struct sysfs *sysfs;
	const struct settings *settings; /* NULL: they are read */
	const struct registry *wanted;
	const struct lease_list *leases;
	const struct domain *asking;
	enum plan_reach reach;
	const struct pci_addr *around; /* only this function and what concerns it, or NULL */
};

static size_t count_matches(const struct topology *topology, const struct registry *registry,
			    const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < topology->count; i++)
		count += registry_first_match(registry, name, &topology->devices[i]) != NULL;
	return count;
}

/*
 * Returns true when there is a device for each request, if all of them are available. A device that matches
 * two names counts for both.
 */
static bool is_enough(const struct topology *topology, const void *context)
{
	const struct look *look = context;
	const struct domain *asking = look->asking;

	if (topology->count < asking->request_count)
		return false;
	for (size_t r = 0; r < asking->request_count; r++) {
		const char *name = asking->requests[r].name;
		size_t earlier = 0;

		for (size_t i = 0; i < r; i++)
			earlier += strcmp(asking->requests[i].name, name) == 0;
		if (count_matches(topology, look->wanted, name) <= earlier)
			return false;
	}
	return true;
}

static int scan(const struct look *look, struct observation *out, struct error *err)
{
	if (look->around)
		return pci_scan_around(look->sysfs, look->around, look->leases, &out->topology, err);
	/* If the index cannot be used, for whatever reason, everything is read without it. */
	if ((look->reach == PLAN_FIRST || look->reach == PLAN_INDEXED) &&
	    pci_scan_indexed(look->sysfs, look->paths->udev_run, look->wanted, look->leases,
			     look->reach == PLAN_FIRST ? is_enough : NULL, look, &out->topology, NULL) == 0) {
		out->is_partial = true;
		return 0;
	}
	if (look->reach == PLAN_WHOLE)
		return pci_scan_whole(look->sysfs, look->leases, &out->topology, err);
	return pci_scan(look->sysfs, look->wanted, look->leases, &out->topology, err);
}

/*
 * A group that was read proves that there is an IOMMU; otherwise the list of groups is read, which grows with
 * the host.
 */
static bool has_iommu(const struct sysfs *sysfs, const struct topology *topology)
{
	for (size_t i = 0; i < topology->count; i++) {
		if (topology->devices[i].group != PCI_NO_GROUP)
			return true;
	}
	return pci_scan_has_iommu(sysfs);
}

static int look_at_host(const void *arg, struct observation *out, struct error *err)
{
	const struct look *look = arg;
	const struct paths *paths = look->paths;

	if (scan(look, out, err) < 0 || pci_card_complete(look->sysfs, &out->topology, err) < 0)
		return -1;
	out->has_iommu = has_iommu(look->sysfs, &out->topology);
	if (hostdev_networks_mark(paths->libvirt_etc, paths->libvirt_run, look->sysfs, &out->topology, err) <
	    0)
		return -1;
	return host_use_scan(look->sysfs, paths->proc, &out->topology, err);
}

static int look_for(struct look *look, const struct registry *wanted, struct plan *plan, struct error *err)
{
	struct progress_skips none = { 0 }, *skips = plan->skips ? plan->skips : &none;
	struct observation found;
	int rc;

	look->wanted = wanted;
	rc = observe(look_at_host, look, plan->is_patient ? OBSERVE_PATIENTLY_MS : OBSERVE_QUICKLY_MS, skips,
		     &found, err);
	plan->is_cut = skips->count > 0;
	plan->topology = found.topology;
	plan->is_partial = found.is_partial;
	plan->is_first = found.is_partial && look->reach == PLAN_FIRST;
	plan->has_iommu = found.has_iommu;
	return rc;
}

/* A host has devices of many types, and a start requests only one or two of them. */
static int look_for_wanted(struct look *look, const struct domain *asking, struct plan *plan,
			   struct error *err)
{
	const struct registry *registry = &plan->registry;
	CLEANUP_FREE struct model *models = calloc(registry->count + 1, sizeof(*models));
	struct registry wanted = { .models = models }; /* their contents stay owned by the registry */

	if (!models)
		return error_set(err, ENOMEM, "cannot look for %zu models", registry->count);
	for (size_t i = 0; i < registry->count; i++) {
		if (is_wanted(&registry->models[i], asking))
			models[wanted.count++] = registry->models[i];
	}
	return look_for(look, &wanted, plan, err);
}

static int read_all_but_leases(struct look *look, struct plan *plan, struct error *err)
{
	const struct paths *paths = look->paths;

	if (gethostname(plan->hostname, sizeof(plan->hostname) - 1) < 0)
		return error_set(err, errno, "cannot read the host's name");
	if (look->settings)
		plan->settings = *look->settings;
	else if (settings_load(paths->etc, &plan->settings, err) < 0)
		return -1;
	if (registry_load(paths->etc, &plan->registry, err) < 0)
		return -1;
	return look->asking ? look_for_wanted(look, look->asking, plan, err)
			    : look_for(look, &plan->registry, plan, err);
}

int plan_look(const struct paths *paths, const struct sysfs *sysfs, const struct settings *settings,
	      const struct lease_list *leases, const struct domain *asking, enum plan_reach reach,
	      struct plan *plan, struct error *err)
{
	struct look look = { .paths = paths,
			     .sysfs = sysfs,
			     .settings = settings,
			     .leases = leases,
			     .asking = asking,
			     .reach = reach };

	return read_all_but_leases(&look, plan, err);
}

/* @store: NULL when there is no store yet */
static int read_plan(struct look *look, const struct lease_store *store, struct plan *plan, struct error *err)
{
	*plan = (struct plan){ 0 };
	look->leases = &plan->leases;
	/* A device that an unreadable lease might hold must not be assigned to another domain. */
	if (store && lease_store_load_all(store, &plan->leases, err) != 0)
		return -1;
	return read_all_but_leases(look, plan, err);
}

int plan_read(const struct paths *paths, const struct sysfs *sysfs, const struct lease_store *store,
	      const struct domain *asking, enum plan_reach reach, struct plan *plan, struct error *err)
{
	struct look look = { .paths = paths, .sysfs = sysfs, .asking = asking, .reach = reach };

	return read_plan(&look, store, plan, err);
}

int plan_take_leases(struct plan *plan, const struct lease_store *store, struct error *err)
{
	if (lease_store_load_all(store, &plan->leases, err) != 0)
		return -1;
	for (size_t i = 0; i < plan->topology.count; i++) {
		struct pci_device *device = &plan->topology.devices[i];

		if (!device->is_unread || device->unclear[0] ||
		    lease_list_find_owner(&plan->leases, &device->addr, device->group, "") ||
		    lease_list_find_hostdev(&plan->leases, &device->addr, device->group, ""))
			continue;
		snprintf(device->unclear, sizeof(device->unclear),
			 "was given back only when it was looked for: try again");
		plan->is_cut = true;
	}
	return 0;
}

static int read_host(struct look *look, struct plan *plan, struct error *err)
{
	struct lease_store store = LEASE_STORE_CLOSED;
	int rc = lease_store_open(look->paths->run, false, &store, err);

	*plan = (struct plan){ 0 };
	if (rc >= 0)
		rc = read_plan(look, rc == 0 ? &store : NULL, plan, err);
	lease_store_close(&store);
	return rc;
}

int plan_read_host(const struct paths *paths, const struct sysfs *sysfs, struct plan *plan, struct error *err)
{
	return read_host(&(struct look){ .paths = paths, .sysfs = sysfs, .reach = PLAN_ALL }, plan, err);
}

int plan_read_whole_host(const struct paths *paths, const struct sysfs *sysfs, struct plan *plan,
			 struct error *err)
{
	return read_host(&(struct look){ .paths = paths, .sysfs = sysfs, .reach = PLAN_WHOLE }, plan, err);
}

int plan_read_around(const struct paths *paths, const struct sysfs *sysfs, const struct pci_addr *addr,
		     struct plan *plan, struct error *err)
{
	struct look look = { .paths = paths, .sysfs = sysfs, .reach = PLAN_WHOLE, .around = addr };

	return read_host(&look, plan, err);
}
