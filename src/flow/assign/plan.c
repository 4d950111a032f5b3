/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/plan.h"

#include <string.h>

#include "flow/assign/hostdev_guard.h"
#include "host/bind/driver.h"
#include "host/system/iommu.h"
#include "host/system/emulator_file.h"
#include "host/system/rom_file.h"

int plan_check_domain(const struct domain *domain, struct error *err)
{
	if (domain_check(domain, err) < 0 || emulator_file_check(&emulator_places, domain, err) < 0)
		return FLOW_REFUSED;
	return 0;
}

struct allocation_input plan_input(const struct host_state *host, const struct domain *domain)
{
	static const struct domain none;

	if (!domain)
		domain = &none;
	return (struct allocation_input){
		.registry = &host->registry,
		.topology = &host->topology,
		.leases = &host->leases,
		.hostname = host->hostname,
		.uuid = domain->uuid,
		.running_as = domain->running_as,
		.requests = domain->requests,
		.request_count = domain->request_count,
		.domain = domain,
		.hostdevs = domain->hostdevs,
		.hostdev_count = domain->hostdev_count,
		.last = host->last,
		.nodes = host->numa ? &host->numa->domain : NULL,
		.node_count = host->numa ? number_set_count(&host->numa->online) : 0,
		.rooms = host->rooms,
		.room_count = host->room_count,
	};
}

/* With the name of another domain as owner, a domain is its clone, and must change, even if it came first. */
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
static int check_placeholders(const struct host_state *host, const struct domain *domain, struct error *err)
{
	for (size_t i = 0; i < domain->request_count; i++) {
		const struct request *request = &domain->requests[i];
		const struct lease *lease = lease_list_find_placeholder(&host->leases, request);

		if (lease && strcmp(lease->uuid, domain->uuid) != 0)
			return refuse_owner(request, lease, domain, err);
	}
	return 0;
}

/* Something about a device could not be read, which may be different the next time. */
static bool is_any_unclear(const struct allocation *allocation)
{
	for (size_t i = 0; i < allocation->count; i++) {
		if (allocation->candidates[i].verdict.availability == UNAVAILABLE_UNCLEAR)
			return true;
	}
	return false;
}

/* Never because something was not read, or is just being returned: the caller looks further, as before any
 * other refusal. */
static int check_withouts(struct host_state *host, struct error *err)
{
	const struct allocation *allocation = &host->allocation;

	if (allocation->without_count == 0 || (host->goes_without && !host->is_cut))
		return 0;
	host->is_cut |= is_any_unclear(allocation);
	return error_refuse(err, FLOW_REFUSED, "%s", allocation->withouts[0].why);
}

int plan_allocate(struct host_state *host, const struct domain *domain, struct error *err)
{
	struct allocation_input input = plan_input(host, domain);
	int rc;

	if (!host->settings.enabled)
		return error_refuse(err, FLOW_REFUSED,
				    "request %s: pcitag is switched off; write enabled = yes in %s",
				    domain->requests[0].text, PCITAG_SYSCONFDIR "/pcitag/pcitag.ini");
	if (!host->has_iommu)
		return error_refuse(err, FLOW_REFUSED, "request %s: this host has no IOMMU group; %s",
				    domain->requests[0].text, iommu_advice_here(false));
	rc = check_placeholders(host, domain, err);
	if (rc != 0)
		return rc;
	rc = allocate(&input, &host->allocation, err);
	if (rc == ALLOCATION_REFUSED)
		return FLOW_REFUSED;
	return rc == 0 ? check_withouts(host, err) : rc;
}

/* A device without a driver may only lack its module, which may be loaded while the device is assigned. */
static int note_drivers(const struct sysfs *sysfs, struct lease *lease, struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		const struct lease_member *member = &lease->members[i];

		if (!member->previous_driver[0] && !member->previous_override[0])
			return driver_list(sysfs, &lease->drivers, err);
	}
	return 0;
}

/* What the methods were is noted before they change. */
static int note_resets(const struct sysfs *sysfs, const struct lease *lease, struct lease_member *member,
		       struct error *err)
{
	char path[SYSFS_PATH_LEN], text[SYSFS_PATH_LEN], addr[PCI_ADDR_LEN];
	int rc = sysfs_read(sysfs, sysfs_device_path(&member->addr, "reset_method", path), text, sizeof(text),
			    err);

	if (rc < 0)
		return -1;
	if (rc != 0 || pci_resets_parse(text, &member->previous_resets) != 0)
		return error_refuse(err, FLOW_REFUSED,
				    "request %s: the kernel has no known list of reset methods for %s%s%s; "
				    "delete the key reset of its model",
				    lease->grants[0].request.text, pci_addr_format(&member->addr, addr),
				    rc == 0 ? ": " : "", rc == 0 ? text : "");
	if (member->resets == member->previous_resets)
		member->resets = 0;
	return 0;
}

static int note_all_resets(const struct sysfs *sysfs, struct lease *lease, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < lease->member_count && rc == 0; i++) {
		if (lease->members[i].resets)
			rc = note_resets(sysfs, lease, &lease->members[i], err);
	}
	return rc;
}

int plan_fill_lease(const struct host_state *host, const struct sysfs *sysfs, const struct domain *domain,
		    struct lease *lease, struct error *err)
{
	struct allocation_input input = plan_input(host, domain);
	int rc = allocation_to_lease(&input, &host->allocation, lease, err);

	if (rc != 0)
		return rc == ALLOCATION_REFUSED ? FLOW_REFUSED : -1;
	return note_drivers(sysfs, lease, err) < 0 ? -1 : note_all_resets(sysfs, lease, err);
}

/* QEMU would not start without the file. */
static int check_roms(const struct lease *lease, struct error *err)
{
	struct device_option rom;

	for (size_t i = 0; i < lease->grant_count; i++) {
		const struct lease_grant *grant = &lease->grants[i];

		if (!device_options_find(&grant->options, "romfile", &rom) ||
		    rom_file_check(rom.value, err) == 0)
			continue;
		(void)error_prefix(err, "request %s", grant->request.text);
		return FLOW_REFUSED;
	}
	return 0;
}

bool plan_go_without(struct host_state *host)
{
	if (host->allocation.without_count == 0)
		return false;
	allocation_clear(&host->allocation);
	host->goes_without = true;
	host->is_cut = false;
	return true;
}

int plan_decide(struct host_state *host, const struct sysfs *sysfs, const struct domain *domain,
		struct lease *lease, struct error *err)
{
	int rc = hostdev_guard_check(sysfs, &host->leases, domain, err);

	if (rc == 0 && domain->request_count)
		rc = plan_allocate(host, domain, err);
	/* REACH_INDEXED might choose others. */
	if (rc == 0 && host->is_partial && host->allocation.needs_all)
		return PLAN_FURTHER;
	if (rc == 0 && host->is_first && !allocation_is_lowest(&host->allocation))
		return PLAN_FURTHER;
	if (rc == 0)
		rc = hostdev_guard_note(sysfs, domain, lease, err);
	if (rc == 0 && domain->request_count)
		rc = plan_fill_lease(host, sysfs, domain, lease, err);
	return rc == 0 ? check_roms(lease, err) : rc;
}
