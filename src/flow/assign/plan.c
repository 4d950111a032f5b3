/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/plan.h"

#include <string.h>

#include "host/bind/driver.h"
#include "host/pci/card.h"
#include "host/pci/device.h"
#include "host/pci/parents.h"
#include "host/pci/vfio_group.h"
#include "host/system/iommu.h"
#include "host/system/emulator_file.h"
#include "model/allocate/card.h"

int plan_check_domain(const struct domain *domain, struct error *err)
{
	if (domain_check(domain, err) < 0 || emulator_file_check(&emulator_places, domain, err) < 0)
		return FLOW_REFUSED;
	return 0;
}

struct allocation_input plan_input(const struct host_state *host, const struct domain *domain)
{
	return (struct allocation_input){
		.registry = &host->registry,
		.topology = &host->topology,
		.leases = &host->leases,
		.hostname = host->hostname,
		.uuid = domain->uuid,
		.requests = domain->requests,
		.request_count = domain->request_count,
		.hostdevs = domain->hostdevs,
		.hostdev_count = domain->hostdev_count,
	};
}

/* With the name of another domain as owner, a domain is its clone, and must change, whoever came first. */
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
	return rc == ALLOCATION_REFUSED ? FLOW_REFUSED : rc;
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

int plan_fill_lease(const struct host_state *host, const struct sysfs *sysfs, const struct domain *domain,
		    struct lease *lease, struct error *err)
{
	struct allocation_input input = plan_input(host, domain);

	if (allocation_to_lease(&input, &host->allocation, lease, err) < 0)
		return -1;
	return note_drivers(sysfs, lease, err);
}

/* ---- devices that a domain names by address ---------------------------------------------------------- */

/* A device that does not exist has no group; libvirt reports that itself. */
static int guard_hostdev(const struct sysfs *sysfs, const struct lease_list *leases,
			 const struct domain *domain, const struct pci_addr *addr, struct error *err)
{
	const struct lease *lease;
	char text[PCI_ADDR_LEN];
	int group = PCI_NO_GROUP;

	if (pci_device_read_group(sysfs, addr, &group, err) < 0)
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

static int refuse_kin(const struct pci_addr *addr, const char *kind, const struct pci_addr *kin,
		      const struct lease *lease, struct error *err)
{
	char text[PCI_ADDR_LEN], assigned[PCI_ADDR_LEN];

	return error_refuse(err, FLOW_REFUSED,
			    "hostdev %s: its %s function %s belongs to domain %s; stop that domain first",
			    pci_addr_format(addr, text), kind, pci_addr_format(kin, assigned), lease->domain);
}

/* Refuses a virtual function whose physical function is assigned. */
static int guard_physfn(const struct sysfs *sysfs, const struct lease_list *leases,
			const struct domain *domain, const struct pci_addr *addr, struct error *err)
{
	const struct lease *lease;
	struct pci_addr physfn;
	int rc = pci_parents_physfn(sysfs, addr, &physfn, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	lease = lease_list_find_owner(leases, &physfn, PCI_NO_GROUP, domain->uuid);
	return lease ? refuse_kin(addr, "physical", &physfn, lease, err) : 0;
}

/*
 * Refuses a physical function with an assigned virtual one: libvirt's unbind would wait for the guest that
 * has it (kernel: drivers/pci/iov.c, sriov_del_vfs; drivers/vfio/vfio_main.c, vfio_unregister_group_dev).
 */
static int guard_virtfns(const struct sysfs *sysfs, const struct lease *lease, const struct pci_addr *addr,
			 struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		struct pci_addr physfn;
		int rc = pci_parents_physfn(sysfs, &lease->members[i].addr, &physfn, err);

		if (rc < 0)
			return -1;
		if (rc == 0 && pci_addr_equal(&physfn, addr))
			return refuse_kin(addr, "virtual", &lease->members[i].addr, lease, err);
	}
	return 0;
}

/* A function that was just removed is not a sibling of any other. */
static int read_function(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_device *out,
			 struct error *err)
{
	int rc = pci_device_read_known(sysfs, addr, out, err);

	return rc == 0 ? pci_card_read_resets(sysfs, out, err) : rc;
}

/* Refuses a function of a card with an assigned one: libvirt's reset of it resets the guest's, too. */
static int guard_card(const struct sysfs *sysfs, const struct lease *lease, const struct pci_addr *addr,
		      struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		char text[PCI_ADDR_LEN], assigned[PCI_ADDR_LEN];
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
				    pci_addr_format(addr, text), pci_addr_format(&member.addr, assigned),
				    lease->domain);
	}
	return 0;
}

/*
 * Refuses a domain that names, by address, a device that another domain's lease owns, alone or with its group
 * (lease_list_find_owner()), or whose physical or virtual function that lease owns: libvirt would hang in its
 * unbind (kernel: drivers/vfio/vfio_main.c, vfio_unregister_group_dev). It also refuses a domain that names
 * another function of a card that is assigned to one domain only (model/allocate/card.h).
 */
static int guard_hostdevs(const struct sysfs *sysfs, const struct lease_list *leases,
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

int plan_guard_open(const struct sysfs *sysfs, const struct domain *domain, const struct error *unreadable,
		    struct error *err)
{
	for (size_t i = 0; i < domain->hostdev_count; i++) {
		const struct pci_addr *addr = &domain->hostdevs[i];
		int group = PCI_NO_GROUP;
		char text[PCI_ADDR_LEN];

		if (pci_device_read_group(sysfs, addr, &group, err) < 0)
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

		if (pci_device_read_group(sysfs, &hostdev.addr, &hostdev.group, err) < 0)
			return -1;
		if (hostdev.group != PCI_NO_GROUP && lease_add_hostdev(lease, &hostdev, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the decision ------------------------------------------------------------------------------------ */

int plan_decide(struct host_state *host, const struct sysfs *sysfs, const struct domain *domain,
		struct lease *lease, struct error *err)
{
	int rc = guard_hostdevs(sysfs, &host->leases, domain, err);

	if (rc == 0 && domain->request_count)
		rc = plan_allocate(host, domain, err);
	/* REACH_INDEXED might choose others. */
	if (rc == 0 && host->is_first && !allocation_is_lowest(&host->allocation))
		return PLAN_FURTHER;
	if (rc == 0)
		rc = plan_note_hostdevs(sysfs, domain, lease, err);
	if (rc == 0 && domain->request_count)
		rc = plan_fill_lease(host, sysfs, domain, lease, err);
	return rc;
}
