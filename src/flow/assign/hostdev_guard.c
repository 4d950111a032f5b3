/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/hostdev_guard.h"

#include <stdio.h>
#include <string.h>

#include "host/pci/vfio_group.h"
#include "host/pci/card.h"
#include "host/pci/device.h"
#include "model/allocate/card.h"

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

/* Refuses a virtual function whose physical function is assigned. */
static int guard_physfn(const struct sysfs *sysfs, const struct lease_list *leases,
			const struct domain *domain, const struct pci_addr *addr, struct error *err)
{
	const struct lease *lease;
	struct pci_addr physfn;
	char text[PCI_ADDR_LEN], own[PCI_ADDR_LEN];
	int rc = pci_device_read_physfn(sysfs, addr, &physfn, err);

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
 * Refuses a physical function with an assigned virtual one: libvirt's unbind would wait for the guest that
 * has it (kernel: drivers/pci/iov.c, sriov_del_vfs; drivers/vfio/vfio_main.c, vfio_unregister_group_dev).
 */
static int guard_virtfns(const struct sysfs *sysfs, const struct lease *lease, const struct pci_addr *addr,
			 struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		struct pci_addr physfn;
		char text[PCI_ADDR_LEN], assigned[PCI_ADDR_LEN];
		int rc = pci_device_read_physfn(sysfs, &lease->members[i].addr, &physfn, err);

		if (rc < 0)
			return -1;
		if (rc != 0 || !pci_addr_equal(&physfn, addr))
			continue;
		return error_refuse(
			err, FLOW_REFUSED,
			"hostdev %s: its virtual function %s belongs to domain %s; stop that domain first",
			pci_addr_format(addr, text), pci_addr_format(&lease->members[i].addr, assigned),
			lease->domain);
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

int hostdev_guard_check(const struct sysfs *sysfs, const struct lease_list *leases,
			const struct domain *domain, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < domain->hostdev_count && rc == 0; i++) {
		const struct pci_addr *addr = &domain->hostdevs[i];

		rc = guard_hostdev(sysfs, leases, domain, addr, err);
		if (rc == 0)
			rc = guard_physfn(sysfs, leases, domain, addr, err);
		for (size_t l = 0; l < leases->count && rc == 0; l++) {
			const struct lease *lease = leases->leases[l];

			if (strcmp(lease->uuid, domain->uuid) == 0)
				continue;
			rc = guard_virtfns(sysfs, lease, addr, err);
			if (rc == 0)
				rc = guard_card(sysfs, lease, addr, err);
		}
	}
	return rc;
}

int hostdev_guard_check_open(const struct sysfs *sysfs, const struct domain *domain,
			     const struct error *unreadable, struct error *err)
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

int hostdev_guard_note(const struct sysfs *sysfs, const struct domain *domain, struct lease *lease,
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
