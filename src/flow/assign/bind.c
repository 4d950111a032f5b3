/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/bind.h"

#include <errno.h>
#include <string.h>

#include "base/deadline.h"
#include "base/log.h"
#include "flow/assign/plan.h"
#include "host/bind/binder.h"
#include "host/bind/driver.h"
#include "host/pci/vfio_group.h"
#include "host/pci/device.h"
#include "host/pci/scan.h"

int bind_check_drivers(const struct sysfs *sysfs, const struct lease *lease,
		       char missing[static PCI_DRIVER_LEN], struct error *err)
{
	missing[0] = '\0';
	for (size_t i = 0; i < lease->member_count; i++) {
		const struct lease_member *member = &lease->members[i];
		char addr[PCI_ADDR_LEN];

		if (driver_exists(sysfs, member->driver))
			continue;
		strcpy(missing, member->driver);
		return error_refuse(err, FLOW_REFUSED,
				    "request %s: %s needs the driver %s, which this kernel has not loaded; "
				    "try modprobe %s",
				    lease->grants[0].request.text, pci_addr_format(&member->addr, addr),
				    member->driver, member->driver);
	}
	return 0;
}

int bind_load_driver(const struct sysfs *sysfs, const char *driver, int timeout_ms)
{
	/* The driver may be built in, blacklisted, ...: its directory decides, not this result. */
	(void)driver_load_module(driver, deadline_in(timeout_ms), NULL);
	return driver_exists(sysfs, driver) ? 0 : FLOW_REFUSED;
}

/* A process that only inspects a group has it open for an instant; one that uses it keeps it open. */
#define VERIFY_MS 500

/*
 * The kernel gives a group to a guest only when every endpoint in it is on a VFIO driver or on none
 * (drivers/vfio/group.c, vfio_group_ioctl_get_status: VIABLE). One may have been added or bound since.
 */
static int verify_group(const struct sysfs *sysfs, int group, struct error *err)
{
	struct pci_device member;
	char addr[PCI_ADDR_LEN];
	int rc = pci_scan_host_member(sysfs, group, &member, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return error_set(err, 0, "group %d is not free of the host: %s is on driver %s", group,
				 pci_addr_format(&member.addr, addr), member.driver);
	switch (vfio_group_probe_again(group, VERIFY_MS, err)) {
	case 0:
		return 0;
	case VFIO_GROUP_BUSY:
		return error_set(err, 0, "group %d: another process has opened /dev/vfio/%d meanwhile", group,
				 group);
	case VFIO_GROUP_ABSENT:
		return error_set(err, 0,
				 "group %d: the kernel made no /dev/vfio/%d; is VFIO in no-IOMMU mode?",
				 group, group);
	default:
		return -1;
	}
}

/* A function may disappear together with another one's driver after its own worker has reported success. */
static int verify_given(const struct sysfs *sysfs, const struct lease_member *member, struct error *err)
{
	char driver[PCI_DRIVER_LEN], addr[PCI_ADDR_LEN];
	int group, rc = pci_device_read_driver(sysfs, &member->addr, driver, err);

	if (rc == 0)
		rc = pci_device_read_group(sysfs, &member->addr, &group, err);
	if (rc < 0)
		return -1;
	pci_addr_format(&member->addr, addr);
	if (rc == SYSFS_ABSENT || group != member->group)
		return error_set(err, ENODEV, "cannot bind %s: it is gone", addr);
	if (strcmp(driver, member->driver) != 0)
		return error_set(err, 0, "cannot bind %s: driver %s did not bind it (now bound: %s)", addr,
				 member->driver, driver[0] ? driver : "none");
	return 0;
}

int bind_lease(const struct sysfs *sysfs, const struct lease_store *store, struct lease *lease,
	       int timeout_ms, int64_t *kernel_us, struct error *err)
{
	const struct binder binder = { sysfs, store->lock, NULL };
	CLEANUP_FREE struct binder_job *jobs = calloc(lease->member_count + 1, sizeof(*jobs));
	int rc;

	*kernel_us = 0;
	if (!jobs)
		return error_set(err, ENOMEM, "cannot bind %zu functions", lease->member_count);
	for (size_t i = 0; i < lease->member_count; i++)
		jobs[i].member = &lease->members[i];
	rc = binder_bind(&binder, jobs, lease->member_count, deadline_in(timeout_ms), err);
	for (size_t i = 0; i < lease->member_count; i++) {
		lease->members[i].is_moved = jobs[i].is_done;
		lease->members[i].is_full = jobs[i].is_full;
	}
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < lease->member_count; i++) {
		if (*kernel_us < jobs[i].kernel_us)
			*kernel_us = jobs[i].kernel_us;
		lease->members[i].errors = jobs[i].errors;
		if (lease->members[i].role == MEMBER_GIVEN &&
		    verify_given(sysfs, &lease->members[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < lease->grant_count; i++) {
		if (verify_group(sysfs, lease->grants[i].group, err) < 0)
			return -1;
	}
	return 0;
}

/* Logged so that the journal shows which device was taken, for example when a disk is missed. */
static void log_forced_group(const struct host_state *host, const struct domain *domain,
			     const struct request *request, const struct candidate *choice)
{
	for (size_t i = 0; i < host->topology.count; i++) {
		const struct pci_device *device = &host->topology.devices[i];
		char addr[PCI_ADDR_LEN], why[VERDICT_LEN];
		bool is_given = model_gives(choice->model, choice->device, device);
		struct verdict verdict;

		if (device->group != choice->device->group || !pci_device_is_endpoint(device))
			continue;
		/* It is not changed. */
		if (device->driver[0] == '\0' && !is_given)
			continue;
		allocator_judge_forced(choice->model, is_given, device, &verdict);
		if (verdict.availability != AVAILABLE)
			log_warning("domain '%s': request %s: %s is taken by %s (model %s), although it %s",
				    domain->name, request->text, pci_addr_format(&device->addr, addr),
				    model_forces(choice->model, &device->addr) ? "force"
									       : "lend_console_input",
				    choice->model->name, verdict_format(&verdict, why));
	}
}

static void log_degraded(const struct domain *domain, const struct request *request,
			 const struct candidate *choice)
{
	char addr[PCI_ADDR_LEN], why[VERDICT_LEN];

	if (choice->verdict.availability == AVAILABLE_DEGRADED)
		log_warning("domain '%s': request %s: %s is taken, although it %s", domain->name,
			    request->text, pci_addr_format(&choice->device->addr, addr),
			    verdict_format(&choice->verdict, why));
}

void bind_log_forced(const struct host_state *host, const struct domain *domain)
{
	for (size_t i = 0; i < domain->request_count; i++) {
		const struct candidate *choice = allocation_choice(&host->allocation, i);

		if (!choice)
			continue;
		log_forced_group(host, domain, &domain->requests[i], choice);
		log_degraded(domain, &domain->requests[i], choice);
	}
}

void bind_log_grants(const struct lease *lease)
{
	for (size_t i = 0; i < lease->grant_count; i++) {
		const struct lease_grant *grant = &lease->grants[i];
		char addr[PCI_ADDR_LEN];

		log_info("domain '%s': request %s: %s (model %s, group %d)", lease->domain,
			 grant->request.text, pci_addr_format(&grant->addr, addr), grant->model,
			 grant->group);
	}
}

void bind_log_withouts(const struct host_state *host, const struct domain *domain)
{
	struct allocation_input input = plan_input(host, domain);

	for (size_t i = 0; i < host->allocation.without_count; i++) {
		const struct without *without = &host->allocation.withouts[i];

		log_warning("domain '%s': request %s: none free; it starts without it: %s", domain->name,
			    domain->requests[without->request].text, allocation_why_without(&input, without));
	}
}
