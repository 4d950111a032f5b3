/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/lost_leases.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"
#include "flow/paths.h"
#include "host/pci/device.h"
#include "host/pci/scan.h"
#include "host/process/emulators.h"
#include "host/process/process.h"
#include "host/store/placeholder_links.h"
#include "model/lease/placeholder.h"

/* Only the UUID of the domain is known: it is the name of the file. */
static bool may_run(const struct paths *paths, const char *uuid, struct error *why)
{
	struct emulator_list emulators;
	struct error cause;
	pid_t emulator = 0;
	int rc = emulators_list(paths->libvirt_run, &emulators, &cause);

	if (rc == 0)
		rc = emulators_find(&emulators, uuid, NULL, &emulator, &cause);
	emulators_clear(&emulators);
	if (rc < 0)
		(void)error_set(why, 0, "its emulator may run: %s", cause.msg);
	else if (emulator)
		(void)error_set(why, 0, "its emulator runs, process %d", (int)emulator);
	return rc < 0 || emulator;
}

static int set_aside(const struct paths *paths, const struct lease_store *store, const char *uuid,
		     const struct error *why, struct error *err)
{
	struct error running;

	if (may_run(paths, uuid, &running)) {
		log_error("%s (%s)", why->msg, running.msg);
		return 0;
	}
	log_error("%s: putting it aside", why->msg);
	return lease_store_set_aside(store, uuid, err);
}

/* A lease that another process is writing is never read half-written: files are replaced as a whole. */
static int set_corrupt_aside(const struct paths *paths, const struct lease_store *store, struct error *err)
{
	struct lease_list leases;
	struct uuid_list uuids;
	int rc = lease_store_load_all(store, &leases, NULL);

	lease_list_clear(&leases);
	if (rc == 0)
		return 0;
	rc = lease_store_list(store, &uuids, err);
	for (size_t i = 0; i < uuids.count && rc == 0; i++) {
		struct lease lease = { 0 };
		struct error why;

		if (lease_store_load(store, uuids.items[i], &lease, &why) == LEASE_STORE_CORRUPT)
			rc = set_aside(paths, store, uuids.items[i], &why, err);
		lease_clear(&lease);
	}
	free(uuids.items);
	return rc;
}

/* Adds every endpoint of the group that is bound to a VFIO driver. */
static int add_members(const struct sysfs *sysfs, int group, struct lease *lease, struct error *err)
{
	struct topology members = { 0 };
	int rc = pci_scan_members(sysfs, group, &members, err);

	for (size_t i = 0; i < members.count && rc == 0; i++) {
		const struct pci_device *device = &members.devices[i];
		struct lease_member member = { .addr = device->addr,
					       .id = device->id,
					       .group = group,
					       .role = MEMBER_HELD,
					       .previous_unknown = true };

		if (!device->is_vfio)
			continue;
		strcpy(member.driver, device->driver);
		rc = lease_add_member(lease, &member, err);
	}
	topology_clear(&members);
	return rc;
}

static int fill_lease(const struct sysfs *sysfs, const struct placeholder *lost, int group,
		      struct lease *lease, struct error *err)
{
	struct lease_grant grant = {
		.request = lost->request, .addr = lost->addr, .functions = lost->functions, .group = group
	};

	lease->state = LEASE_QUARANTINED;
	lease->since = (int64_t)time(NULL);
	lease->since_boottime_ms = clock_boottime_ms();
	snprintf(lease->domain, sizeof(lease->domain), "%s", lost->request.owner);
	snprintf(lease->note, sizeof(lease->note),
		 "its lease was lost; pcitag reconcile gives the devices back");
	strcpy(grant.model, lost->request.name);
	strcpy(grant.type, lost->request.name);
	if (process_boot_id(lease->boot_id, err) < 0 || process_random_uuid(lease->uuid, err) < 0 ||
	    lease_add_grant(lease, &grant, err) < 0)
		return -1;
	return add_members(sysfs, group, lease, err);
}

/* Writes the lease and adds it to @leases. */
static int adopt(const struct lease_store *store, const struct sysfs *sysfs, const struct placeholder *lost,
		 int group, struct lease_list *leases, struct error *err)
{
	struct lease lease = { 0 }, *shared;
	char addr[PCI_ADDR_LEN];
	int rc;

	if (fill_lease(sysfs, lost, group, &lease, err) < 0 || lease_store_save(store, &lease, err) < 0) {
		lease_clear(&lease);
		return -1;
	}
	log_error("owner '%s': request %s: the lease of %s was lost: quarantined", lost->request.owner,
		  lost->request.text, pci_addr_format(&lost->addr, addr));
	shared = lease_share(&lease);
	if (!shared) {
		lease_clear(&lease);
		return error_set(err, ENOMEM, "cannot hold the lease of owner '%s'", lost->request.owner);
	}
	rc = lease_list_add(leases, shared, err);
	lease_unref(shared);
	return rc;
}

static int adopt_one(const struct lease_store *store, const struct sysfs *sysfs, struct lease_list *leases,
		     const struct placeholder *lost, struct error *err)
{
	int group = PCI_NO_GROUP;

	if (lease_list_find_placeholder(leases, &lost->request))
		return 0;
	/* Its release completed in the meantime. */
	if (!placeholder_links_has(lost))
		return 0;
	if (pci_device_read_group(sysfs, &lost->addr, &group, err) < 0)
		return -1;
	/* Nothing to return: the device is gone, or has another owner now. */
	if (group == PCI_NO_GROUP || lease_list_find_owner(leases, &lost->addr, group, ""))
		return placeholder_links_remove_one(lost, err);
	return adopt(store, sysfs, lost, group, leases, err);
}

/* The caller holds the store's lock. A process writes the lease before it creates the links. */
static int adopt_links(const struct lease_store *store, const struct sysfs *sysfs, struct error *err)
{
	struct placeholder_list links;
	struct lease_list leases = { 0 };
	int rc = placeholder_links_list(&links, err);

	/* A positive value: a lease is unreadable, and which links it accounts for is unknown. */
	if (rc == 0 && links.count)
		rc = lease_store_load_all(store, &leases, err);
	for (size_t i = 0; i < links.count && rc == 0; i++)
		rc = adopt_one(store, sysfs, &leases, &links.items[i], err);
	lease_list_clear(&leases);
	free(links.items);
	return rc < 0 ? -1 : 0;
}

int lost_leases_adopt(const struct paths *paths, struct lease_store *store, const struct sysfs *sysfs,
		      struct error *err)
{
	int rc = lease_store_lock(store, FLOW_LOCK_TIMEOUT_MS, err);

	if (rc < 0)
		return -1;
	rc = set_corrupt_aside(paths, store, err);
	if (rc == 0)
		rc = adopt_links(store, sysfs, err);
	lease_store_unlock(store);
	return rc;
}
