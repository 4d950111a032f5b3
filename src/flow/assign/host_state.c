/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/host_state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "flow/assign/hold.h"
#include "flow/assign/observe.h"
#include "flow/assign/wellness.h"
#include "host/config/registry_ini.h"
#include "host/in_use/in_use.h"
#include "host/pci/card.h"
#include "host/pci/marks.h"
#include "host/pci/scan.h"
#include "host/pci/serial.h"
#include "host/pci/vgpu.h"
#include "host/system/iommu.h"
#include "host/libvirt/hostdev_networks.h"
#include "host/store/last_devices.h"

/* No host has more virtual functions that are vGPUs; of any more, nothing is known. */
#define VGPUS_MAX 4096
#define VGPUS_SIZE (VGPUS_MAX * sizeof(struct vgpu_state))

void host_state_clear(struct host_state *host)
{
	allocation_clear(&host->allocation);
	lease_list_clear(&host->leases);
	topology_clear(&host->topology);
	registry_clear(&host->registry);
	free(host->numa);
	if (host->last)
		lease_clear(host->last);
	free(host->last);
	free(host->units);
	free(host->holders);
	finding_list_clear(&host->findings);
	if (host->vgpus)
		(void)munmap(host->vgpus, VGPUS_SIZE);
	*host = (struct host_state){ 0 };
}

static bool is_wanted(const struct registry *registry, const struct model *model, const struct domain *asking)
{
	for (size_t i = 0; i < asking->request_count; i++) {
		if (registry_answers(registry, model, asking->requests[i].name))
			return true;
	}
	return false;
}

/* Parameters of the process that reads the host. */
struct look {
	const struct host_query *query;
	const struct registry *wanted; /* NULL: every function is to be read */
	const struct registry *named;  /* the functions that guests may have */
	const struct lease_list *leases;
	const struct registry *registry;
	bool is_choosy;		  /* the lowest addresses may not be the best: a wish may decide */
	bool is_for_last;	  /* a wish is about what the domain had before */
	bool needs_marks;	  /* a model asks for what tells devices apart */
	bool needs_serials;	  /* a model of it keeps devices after their use */
	struct vgpu_state *vgpus; /* shared with the process that reads; NULL: no model sets a type */
};

static size_t count_matches(const struct topology *topology, const struct registry *registry,
			    const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < topology->count; i++)
		count += registry_first_match(registry, name, &topology->devices[i]) != NULL;
	return count;
}

/* Whether each request has a device, if all are available; one that matches two names counts for both. */
static bool is_enough(const struct topology *topology, const void *context)
{
	const struct look *look = context;
	const struct domain *asking = look->query->asking;

	if (look->is_choosy || topology->count < asking->request_count)
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
	const struct host_query *query = look->query;

	if (query->scan)
		return query->scan(query->sysfs, look->leases, query->context, &out->topology, err);
	/* If the index cannot be used, for whatever reason, everything is read without it. */
	if ((query->reach == REACH_FIRST || query->reach == REACH_INDEXED) &&
	    pci_scan_indexed(query->sysfs, query->paths->udev_run, look->wanted, look->leases,
			     query->reach == REACH_FIRST ? is_enough : NULL, look, &out->topology,
			     NULL) == 0) {
		out->is_partial = true;
		return 0;
	}
	return pci_scan(query->sysfs, look->wanted, look->leases, &out->topology, err);
}

/* A group that was read proves that there is an IOMMU; the list of groups grows with the host. */
static bool has_iommu(const struct sysfs *sysfs, const struct topology *topology)
{
	for (size_t i = 0; i < topology->count; i++) {
		if (topology->devices[i].group != PCI_NO_GROUP)
			return true;
	}
	return iommu_is_present(sysfs);
}

/* A model that keeps such devices after their use, wherever they are plugged in. */
static bool is_kept(const struct registry *registry, const struct pci_device *device)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (registry->models[i].after_use != AFTER_RETURN &&
		    model_has_ids(&registry->models[i], &device->id))
			return true;
	}
	return false;
}

/* A device that a domain may want again, wherever it is plugged in by then. */
static bool is_told_apart(const struct look *look, const struct pci_device *device)
{
	if (is_kept(look->registry, device))
		return true;
	for (size_t i = 0; look->is_for_last && look->wanted && i < look->wanted->count; i++) {
		if (model_has_ids(&look->wanted->models[i], &device->id))
			return true;
	}
	return false;
}

/* Of all members of a group with such a device: they are kept together. */
static bool needs_serial(const struct look *look, const struct topology *topology,
			 const struct pci_device *device)
{
	const struct pci_device *member = NULL;

	if (device->is_unread || device->is_dead || !pci_device_is_endpoint(device))
		return false;
	if (device->group == PCI_NO_GROUP)
		return is_told_apart(look, device);
	while ((member = topology_next_member(topology, device->group, member))) {
		if (is_told_apart(look, member))
			return true;
	}
	return false;
}

static void read_serials(const struct look *look, struct topology *topology)
{
	for (size_t i = 0; i < topology->count; i++) {
		struct pci_device *device = &topology->devices[i];

		if (needs_serial(look, topology, device) && progress_at_device(&device->addr) == 0)
			pci_serial_read(look->query->sysfs, &device->addr, &device->serial);
	}
}

/* A function that a model may set matches that model; the first one that matches may be another. */
static bool is_vgpu(const struct registry *registry, const struct pci_device *device)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (registry->models[i].setting.attribute && model_has_ids(&registry->models[i], &device->id))
			return true;
	}
	return false;
}

/* What does not answer is left as unknown: no guest gets it. The memory is where it is in the other process,
 * too. */
static void read_vgpus(const struct look *look, struct topology *topology)
{
	size_t count = 0;

	for (size_t i = 0; i < topology->count && count < VGPUS_MAX; i++) {
		struct pci_device *device = &topology->devices[i];

		if (device->is_unread || device->is_dead || !device->is_virtual ||
		    !is_vgpu(look->registry, device) || progress_at_device(&device->addr))
			continue;
		pci_vgpu_read(look->query->sysfs, &device->addr, &look->vgpus[count]);
		device->vgpu = &look->vgpus[count++];
	}
}

static void read_marks(const struct look *look, struct topology *topology)
{
	for (size_t i = 0; i < topology->count; i++) {
		struct pci_device *device = &topology->devices[i];

		if ((look->query->with_marks || registry_asks_for_marks(look->registry, device)) &&
		    progress_at_device(&device->addr) == 0)
			pci_marks_read(look->query->sysfs, device);
	}
}

static int look_at_host(const void *arg, struct observation *out, struct error *err)
{
	const struct look *look = arg;
	const struct host_query *query = look->query;
	const struct paths *paths = query->paths;

	if (scan(look, out, err) < 0 || pci_card_complete(query->sysfs, &out->topology, err) < 0)
		return -1;
	if (look->needs_marks)
		read_marks(look, &out->topology);
	if (look->needs_serials)
		read_serials(look, &out->topology);
	if (look->vgpus)
		read_vgpus(look, &out->topology);
	out->has_iommu = has_iommu(query->sysfs, &out->topology);
	wellness_read(query->sysfs, look->named, &out->topology);
	if (hostdev_networks_mark(paths->libvirt_etc, paths->libvirt_run, query->sysfs, &out->topology, err) <
	    0)
		return -1;
	return in_use_scan(query->sysfs, paths->proc, &out->topology, err);
}

/* What a lent device does not tell, because its own driver does not have it, was read before. */
static void know_again(const struct lease_list *leases, struct topology *topology)
{
	for (size_t i = 0; i < leases->count; i++) {
		const struct lease *lease = leases->leases[i];

		for (size_t k = 0; k < lease->member_count; k++) {
			const struct lease_member *member = &lease->members[k];
			struct pci_device *device = topology_find(topology, &member->addr);

			if (!device || !device->is_unread || device->group != member->group ||
			    !pci_identity_equal(&device->id, &member->id))
				continue;
			device->serial = member->serial;
			memcpy(device->marks.mac, member->marks.mac, sizeof(device->marks.mac));
			memcpy(device->marks.wwid, member->marks.wwid, sizeof(device->marks.wwid));
		}
	}
}

static int read_numa(const struct host_query *query, struct host_state *host, struct error *err)
{
	const struct domain *asking = query->asking;

	if (host->numa)
		return 0;
	host->numa = calloc(1, sizeof(*host->numa));
	if (!host->numa)
		return error_set(err, ENOMEM, "cannot read the NUMA nodes");
	if (numa_read_online(query->sysfs, &host->numa->online, err) < 0)
		return -1;
	return asking && asking->pinning ? numa_read_domain(query->sysfs, &host->numa->online,
							    asking->pinning, &host->numa->domain, err)
					 : 0;
}

static int read_places(const struct host_query *query, struct host_state *host, struct error *err)
{
	return read_numa(query, host, err) < 0
		       ? -1
		       : pci_places_read(query->sysfs, &host->numa->online, &host->topology, err);
}

/* Only pages that are written use memory. */
static int map_vgpus(struct host_state *host, struct error *err)
{
	host->vgpus = mmap(NULL, VGPUS_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (host->vgpus != MAP_FAILED)
		return 0;
	host->vgpus = NULL;
	return error_set(err, errno, "cannot look at this host");
}

static int look_for(struct look *look, const struct registry *wanted, struct host_state *host,
		    struct error *err)
{
	struct progress_skips none = { 0 }, *skips = look->query->skips ? look->query->skips : &none;
	struct observation found;
	bool needs_vgpus = false;
	int rc;

	look->wanted = wanted;
	look->named = wanted ? wanted : &host->registry;
	look->needs_serials |= look->is_for_last;
	look->needs_marks = look->query->with_marks;
	for (size_t i = 0; i < host->registry.count && !look->needs_marks; i++)
		look->needs_marks = host->registry.models[i].identity != NULL;
	look->registry = &host->registry;
	for (size_t i = 0; i < host->registry.count; i++) {
		look->needs_serials |= host->registry.models[i].after_use != AFTER_RETURN;
		needs_vgpus |= host->registry.models[i].setting.attribute != PCI_ATTRIBUTE_NONE;
	}
	if (needs_vgpus && map_vgpus(host, err) < 0)
		return -1;
	look->vgpus = host->vgpus;
	rc = observe(look_at_host, look, look->query->is_patient ? OBSERVE_PATIENTLY_MS : OBSERVE_QUICKLY_MS,
		     skips, &found, err);
	host->is_cut = skips->count > 0;
	host->topology = found.topology;
	host->is_partial = found.is_partial;
	host->is_first = found.is_partial && look->query->reach == REACH_FIRST;
	host->has_iommu = found.has_iommu;
	if (rc == 0 && look->needs_marks)
		know_again(look->leases, &host->topology);
	if (rc == 0 && (look->is_choosy || look->query->with_places))
		rc = read_places(look->query, host, err);
	return rc;
}

static void find_profile_wishes(struct look *look, const struct profile *profile)
{
	look->is_choosy |= profile != NULL;
	look->is_for_last |= profile && profile->wishes.prefer == WISH_PREFER_LAST;
}

/* It is a wish: without the file, another device does. */
static void load_last(const char *uuid, struct host_state *host)
{
	struct error why;

	host->last = uuid[0] ? calloc(1, sizeof(*host->last)) : NULL;
	if (!host->last || last_devices_load(uuid, host->last, &why) == 0)
		return;
	lease_clear(host->last);
	free(host->last);
	host->last = NULL;
}

/* Whether a profile, the domain itself, or where it runs may be about which of several devices it gets. */
static int find_wishes(struct look *look, const struct domain *asking, struct host_state *host,
		       struct error *err)
{
	const struct registry *registry = &host->registry;

	look->is_choosy = asking->wish_count > 0;
	for (size_t i = 0; i < asking->wish_count; i++)
		look->is_for_last |= asking->wishes[i].wishes.prefer == WISH_PREFER_LAST;
	for (size_t i = 0; registry->profile_count && i < asking->request_count; i++)
		find_profile_wishes(look, registry_find_profile(registry, asking->requests[i].name));
	if (look->is_choosy || !asking->pinning)
		return 0;
	/* It prefers what is near. With one node, everything is. */
	if (read_numa(look->query, host, err) < 0)
		return -1;
	look->is_choosy = number_set_count(&host->numa->online) > 1;
	return 0;
}

/* A host has devices of many types, and a start requests only one or two of them. */
static int look_for_wanted(struct look *look, const struct domain *asking, struct host_state *host,
			   struct error *err)
{
	const struct registry *registry = &host->registry;
	CLEANUP_FREE struct model *models = calloc(registry->count + 1, sizeof(*models));
	struct registry wanted = {
		.models = models, /* their contents stay owned by the registry */
		.profiles = registry->profiles,
		.profile_count = registry->profile_count,
	};

	if (!models)
		return error_set(err, ENOMEM, "cannot look for %zu models", registry->count);
	if (find_wishes(look, asking, host, err) < 0)
		return -1;
	for (size_t i = 0; i < registry->count; i++) {
		if (!is_wanted(registry, &registry->models[i], asking))
			continue;
		look->is_choosy |= registry->models[i].wishes.prefer > WISH_PREFER_FIRST;
		look->is_for_last |= registry->models[i].wishes.prefer == WISH_PREFER_LAST;
		models[wanted.count++] = registry->models[i];
	}
	if (look->is_for_last)
		load_last(asking->uuid, host);
	return look_for(look, &wanted, host, err);
}

/* Only the key `hosts` needs it. */
static int read_hostname(struct host_state *host, struct error *err)
{
	for (size_t i = 0; i < host->registry.count; i++) {
		if (host->registry.models[i].hosts.count == 0)
			continue;
		if (gethostname(host->hostname, sizeof(host->hostname) - 1) < 0)
			return error_set(err, errno, "cannot read the host's name");
		break;
	}
	return 0;
}

static int look_beside(const struct host_query *query, const struct lease_list *leases,
		       struct host_state *host, struct error *err)
{
	struct look look = { .query = query, .leases = leases };

	if (query->settings)
		host->settings = *query->settings;
	else if (settings_load(query->paths->etc, &host->settings, err) < 0)
		return -1;
	if (registry_load(query->paths->etc, &host->registry, err) < 0 || read_hostname(host, err) < 0)
		return -1;
	return query->asking
		       ? look_for_wanted(&look, query->asking, host, err)
		       : look_for(&look, query->reach == REACH_WHOLE ? NULL : &host->registry, host, err);
}

int host_state_look(const struct host_query *query, const struct lease_store *store, struct host_state *host,
		    struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list known = { 0 };

	/* A device that an unreadable lease might hold must not be assigned to another domain. */
	return lease_store_load_all(store, &known, err) != 0 ? -1 : look_beside(query, &known, host, err);
}

/*
 * The directory is read only on hosts with such a model or such a device, and after the leases: a device is
 * noted there before its lease is gone, so that a reader in this order misses none.
 */
static int add_used(struct host_state *host, struct error *err)
{
	bool is_due = host->leases.has_used;

	for (size_t i = 0; i < host->registry.count && !is_due; i++)
		is_due = host->registry.models[i].after_use != AFTER_RETURN;
	return is_due ? hold_add_used(&host->topology, &host->leases, err) : 0;
}

int host_state_take_leases(struct host_state *host, const struct lease_store *store, struct error *err)
{
	if (lease_store_load_all(store, &host->leases, err) != 0 || add_used(host, err) < 0)
		return -1;
	if (wellness_mark(&host->topology, &host->findings, err) < 0)
		return -1;
	for (size_t i = 0; i < host->topology.count; i++) {
		struct pci_device *device = &host->topology.devices[i];

		if (!device->is_unread || device->unclear[0] ||
		    lease_list_find_owner(&host->leases, &device->addr, device->group, "") ||
		    lease_list_find_hostdev(&host->leases, &device->addr, device->group, ""))
			continue;
		snprintf(device->unclear, sizeof(device->unclear),
			 "was returned only when it was looked for: try again");
		host->is_cut = true;
	}
	return 0;
}

void host_state_forget_leases(struct host_state *host)
{
	lease_list_clear(&host->leases);
	allocation_clear(&host->allocation);
}

int host_state_read(const struct host_query *query, struct host_state *host, struct error *err)
{
	CLEANUP(lease_store_close) struct lease_store store = LEASE_STORE_CLOSED;
	int rc = query->without_leases ? LEASE_STORE_ABSENT
				       : lease_store_open(query->paths->run, false, &store, err);

	*host = (struct host_state){ 0 };
	/* As in host_state_look(). */
	if (rc == 0 && lease_store_load_all(&store, &host->leases, err) != 0)
		return -1;
	if (rc < 0 || look_beside(query, &host->leases, host, err) < 0)
		return -1;
	if (query->without_leases)
		return 0;
	return add_used(host, err) < 0 ? -1 : wellness_mark(&host->topology, &host->findings, err);
}
