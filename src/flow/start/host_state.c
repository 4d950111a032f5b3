/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/start/host_state.h"

#include <errno.h>
#include <string.h>

#include "host/bind/binder.h"
#include "flow/start/observe.h"
#include "host/in_use/in_use.h"
#include "host/xml/hostdev_networks.h"
#include "host/pci/iommu.h"
#include "host/pci/card.h"
#include "host/pci/parents.h"
#include "host/pci/scan.h"
#include "host/config/registry_ini.h"
#include "host/config/settings_ini.h"
#include "host/bind/vfio_group.h"
#include "model/pci/card.h"

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
	const struct registry *wanted;
	const struct lease_list *leases;
	const struct domain *asking;
	enum plan_reach reach;
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

int plan_look(const struct paths *paths, const struct sysfs *sysfs, const struct lease_list *leases,
	      const struct domain *asking, enum plan_reach reach, struct plan *plan, struct error *err)
{
	struct look look = {
		.paths = paths, .sysfs = sysfs, .leases = leases, .asking = asking, .reach = reach
	};

	if (gethostname(plan->hostname, sizeof(plan->hostname) - 1) < 0)
		return error_set(err, errno, "cannot read the host's name");
	if (settings_load(paths->etc, &plan->settings, err) < 0)
		return -1;
	if (registry_load(paths->etc, &plan->registry, err) < 0)
		return -1;
	return asking ? look_for_wanted(&look, asking, plan, err)
		      : look_for(&look, &plan->registry, plan, err);
}

int plan_read(const struct paths *paths, const struct sysfs *sysfs, const struct lease_store *store,
	      const struct domain *asking, enum plan_reach reach, struct plan *plan, struct error *err)
{
	*plan = (struct plan){ 0 };
	/* A device that an unreadable lease might hold must not be assigned to another domain. */
	if (store && lease_store_load_all(store, &plan->leases, err) != 0)
		return -1;
	return plan_look(paths, sysfs, &plan->leases, asking, reach, plan, err);
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

static int read_host(const struct paths *paths, const struct sysfs *sysfs, enum plan_reach reach,
		     struct plan *plan, struct error *err)
{
	struct lease_store store = LEASE_STORE_CLOSED;
	int rc = lease_store_open(paths->run, false, &store, err);

	*plan = (struct plan){ 0 };
	if (rc >= 0)
		rc = plan_read(paths, sysfs, rc == 0 ? &store : NULL, NULL, reach, plan, err);
	lease_store_close(&store);
	return rc;
}

int plan_read_host(const struct paths *paths, const struct sysfs *sysfs, struct plan *plan, struct error *err)
{
	return read_host(paths, sysfs, PLAN_ALL, plan, err);
}

int plan_read_whole_host(const struct paths *paths, const struct sysfs *sysfs, struct plan *plan,
			 struct error *err)
{
	return read_host(paths, sysfs, PLAN_WHOLE, plan, err);
}

struct allocation_input plan_input(const struct plan *plan, const struct domain *domain)
{
	return (struct allocation_input){
		.registry = &plan->registry,
		.topology = &plan->topology,
		.leases = &plan->leases,
		.hostname = plan->hostname,
		.uuid = domain->uuid,
		.requests = domain->requests,
		.request_count = domain->request_count,
		.hostdevs = domain->hostdevs,
		.hostdev_count = domain->hostdev_count,
	};
}

/*
 * A domain whose owner is the name of another domain is a clone of that domain. The clone must be changed,
 * whichever of the two started first.
 */
static int refuse_owner(const struct request *request, const struct lease *lease, const struct domain *domain,
			struct error *err)
{
	if (strcmp(request->owner, domain->name) == 0)
		return error_refuse(err, FLOW_REFUSED,
				    "request %s: domain %s uses " PLACEHOLDER_DIR
				    "%s/%s already; stop that domain and `pcitag rename-owner %s`",
				    request->text, lease->domain, request->owner, request->text,
				    lease->domain);
	return error_refuse(err, FLOW_REFUSED,
			    "request %s: domain %s uses " PLACEHOLDER_DIR
			    "%s/%s already; `pcitag rename-owner %s` makes the path this domain's own",
			    request->text, lease->domain, request->owner, request->text, domain->name);
}

/* Each path belongs to one domain: libvirt resolves the link again at every use. */
static int check_placeholders(const struct plan *plan, const struct domain *domain, struct error *err)
{
	for (size_t i = 0; i < domain->request_count; i++) {
		const struct request *request = &domain->requests[i];
		const struct lease *lease = lease_list_find_placeholder(&plan->leases, request);

		if (lease && strcmp(lease->uuid, domain->uuid) != 0)
			return refuse_owner(request, lease, domain, err);
	}
	return 0;
}

/* A device that does not exist has no group; libvirt reports that itself. */
static int guard_hostdev(const struct sysfs *sysfs, const struct lease_list *leases,
			 const struct domain *domain, const struct pci_addr *addr, struct error *err)
{
	const struct lease *lease;
	char text[PCI_ADDR_LEN];
	int group = PCI_NO_GROUP;

	if (pci_scan_group_of(sysfs, addr, &group, err) < 0)
		return -1;
	lease = lease_list_find_owner(leases, addr, group, domain->uuid);
	if (!lease)
		return 0;
	pci_addr_format(addr, text);
	if (lease_holds_group(lease, group))
		return error_refuse(err, FLOW_REFUSED,
				    "hostdev %s: its group %d belongs to domain %s; stop that domain first",
				    text, group, lease->domain);
	return error_refuse(err, FLOW_REFUSED,
			    "hostdev %s: it belongs to domain %s, whose lease has it in another group; stop "
			    "that domain first",
			    text, lease->domain);
}

/* Refuses a virtual function whose physical function is assigned. */
static int guard_physfn(const struct sysfs *sysfs, const struct lease_list *leases,
			const struct domain *domain, const struct pci_addr *addr, struct error *err)
{
	const struct lease *lease;
	struct pci_addr physfn;
	char text[PCI_ADDR_LEN], own[PCI_ADDR_LEN];
	int rc = pci_kin_physfn(sysfs, addr, &physfn, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	lease = lease_list_find_owner(leases, &physfn, PCI_NO_GROUP, domain->uuid);
	if (!lease)
		return 0;
	return error_refuse(
		err, FLOW_REFUSED,
		"hostdev %s: its physical function %s belongs to domain %s; stop that domain first",
		pci_addr_format(addr, text), pci_addr_format(&physfn, own), lease->domain);
}

/*
 * Refuses a physical function with an assigned virtual function: in its unbind, libvirt would wait for the
 * guest that has it (kernel: drivers/pci/iov.c, sriov_del_vfs; drivers/vfio/vfio_main.c,
 * vfio_unregister_group_dev).
 */
static int guard_virtfns(const struct sysfs *sysfs, const struct lease *lease, const struct pci_addr *addr,
			 struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		struct pci_addr physfn;
		char text[PCI_ADDR_LEN], lent[PCI_ADDR_LEN];
		int rc = pci_kin_physfn(sysfs, &lease->members[i].addr, &physfn, err);

		if (rc < 0)
			return -1;
		if (rc != 0 || !pci_addr_equal(&physfn, addr))
			continue;
		return error_refuse(
			err, FLOW_REFUSED,
			"hostdev %s: its virtual function %s belongs to domain %s; stop that domain first",
			pci_addr_format(addr, text), pci_addr_format(&lease->members[i].addr, lent),
			lease->domain);
	}
	return 0;
}

/* A function that was just removed is not a sibling of any other. */
static int read_function(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			 struct error *err)
{
	int rc = pci_scan_known(sysfs, addr, out, err);

	return rc == 0 ? pci_card_read_resets(sysfs, out, err) : rc;
}

/*
 * Refuses a function of a card with another assigned function: libvirt resets it, and thereby the guest's
 * function.
 */
static int guard_card(const struct sysfs *sysfs, const struct lease *lease, const struct pci_addr *addr,
		      struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		char text[PCI_ADDR_LEN], lent[PCI_ADDR_LEN];
		struct pci_device named, member;
		int rc;

		if (!pci_addr_same_slot(&lease->members[i].addr, addr))
			continue;
		rc = read_function(sysfs, addr, &named, err);
		if (rc == 0)
			rc = read_function(sysfs, &lease->members[i].addr, &member, err);
		if (rc < 0)
			return -1;
		if (rc != 0 || !card_goes_together(&named, &member))
			continue;
		return error_refuse(err, FLOW_REFUSED,
				    "hostdev %s: %s of the same card belongs to domain %s, and not both have "
				    "a reset of their own; stop that domain first",
				    pci_addr_format(addr, text), pci_addr_format(&member.addr, lent),
				    lease->domain);
	}
	return 0;
}

int plan_guard_hostdevs(const struct sysfs *sysfs, const struct lease_list *leases,
			const struct domain *domain, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < domain->hostdev_count && rc == 0; i++) {
		const struct pci_addr *addr = &domain->hostdevs[i];

		rc = guard_hostdev(sysfs, leases, domain, addr, err);
		if (rc == 0)
			rc = guard_physfn(sysfs, leases, domain, addr, err);
		for (size_t l = 0; l < leases->count && rc == 0; l++) {
			const struct lease *lease = &leases->leases[l];

			if (strcmp(lease->uuid, domain->uuid) == 0)
				continue;
			rc = guard_virtfns(sysfs, lease, addr, err);
			if (rc == 0)
				rc = guard_card(sysfs, lease, addr, err);
		}
	}
	return rc;
}

int plan_guard_open_hostdevs(const struct sysfs *sysfs, const struct domain *domain,
			     const struct error *unreadable, struct error *err)
{
	for (size_t i = 0; i < domain->hostdev_count; i++) {
		const struct pci_addr *addr = &domain->hostdevs[i];
		int group = PCI_NO_GROUP;
		char text[PCI_ADDR_LEN];

		if (pci_scan_group_of(sysfs, addr, &group, err) < 0)
			return -1;
		if (group == PCI_NO_GROUP || vfio_group_is_free(group))
			continue;
		return error_refuse(err, FLOW_REFUSED,
				    "hostdev %s: its group %d is open, perhaps for this lease: %s",
				    pci_addr_format(addr, text), group, unreadable->msg);
	}
	return 0;
}

int plan_note_hostdevs(const struct sysfs *sysfs, const struct domain *domain, struct lease *lease,
		       struct error *err)
{
	for (size_t i = 0; i < domain->hostdev_count; i++) {
		struct lease_hostdev hostdev = { .addr = domain->hostdevs[i], .group = PCI_NO_GROUP };

		if (pci_scan_group_of(sysfs, &hostdev.addr, &hostdev.group, err) < 0)
			return -1;
		if (hostdev.group != PCI_NO_GROUP && lease_add_hostdev(lease, &hostdev, err) < 0)
			return -1;
	}
	return 0;
}

int plan_allocate(struct plan *plan, const struct domain *domain, struct error *err)
{
	struct allocation_input input = plan_input(plan, domain);
	int rc;

	if (!plan->settings.enabled)
		return error_refuse(err, FLOW_REFUSED,
				    "request %s: pcitag is switched off; write enabled = yes in %s",
				    domain->requests[0].text, PCITAG_SYSCONFDIR "/pcitag/pcitag.ini");
	if (!plan->has_iommu)
		return error_refuse(err, FLOW_REFUSED, "request %s: this host has no IOMMU group; %s",
				    domain->requests[0].text, iommu_advice_here(false));
	rc = check_placeholders(plan, domain, err);
	if (rc != 0)
		return rc;
	rc = allocate(&input, &plan->allocation, err);
	return rc == ALLOCATION_REFUSED ? FLOW_REFUSED : rc;
}

bool plan_is_final(const struct plan *plan)
{
	return !plan->is_first || allocation_is_lowest(&plan->allocation);
}

/* A device without a driver may only lack its module, which may be loaded while the device is assigned. */
static int note_drivers(const struct sysfs *sysfs, struct lease *lease, struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		const struct lease_member *member = &lease->members[i];

		if (!member->previous_driver[0] && !member->previous_override[0])
			return binder_list_drivers(sysfs, &lease->drivers, err);
	}
	return 0;
}

int plan_fill_lease(const struct plan *plan, const struct sysfs *sysfs, const struct domain *domain,
		    struct lease *lease, struct error *err)
{
	struct allocation_input input = plan_input(plan, domain);

	if (allocation_to_lease(&input, &plan->allocation, lease, err) < 0)
		return -1;
	return note_drivers(sysfs, lease, err);
}
