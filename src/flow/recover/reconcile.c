/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/reconcile.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/deadline.h"
#include "base/log.h"
#include "flow/recover/attachment.h"
#include "flow/recover/cleaning.h"
#include "flow/assign/restore.h"
#include "host/libvirt/domain_program.h"
#include "host/pci/device.h"
#include "host/pci/scan.h"
#include "host/process/emulators.h"
#include "host/process/process.h"
#include "host/store/placeholder_links.h"
#include "model/lease/placeholder.h"

/* State of one reconcile. */
struct reconcile {
	struct lease_store *store;
	const struct sysfs *sysfs;
	int timeout_ms;
	enum liveness_depth depth;
	bool is_libvirt_mute; /* libvirt has failed to answer; it is not asked again */
	char boot_id[BOOT_ID_LEN];
	struct emulator_view emulators;
	struct reconcile_report *report;
};

void reconcile_report_clear(struct reconcile_report *report)
{
	free(report->items);
	*report = (struct reconcile_report){ 0 };
}

bool reconcile_left_over(const struct reconcile_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		if (report->items[i].outcome == RECONCILE_QUARANTINED ||
		    report->items[i].outcome == RECONCILE_UNREADABLE)
			return true;
	}
	return false;
}

const char *reconcile_outcome_name(enum reconcile_outcome outcome)
{
	static const char *const names[] = {
		[RECONCILE_IN_USE] = "in use",	       [RECONCILE_GIVEN_BACK] = "returned",
		[RECONCILE_FORGOTTEN] = "forgotten",   [RECONCILE_QUARANTINED] = "quarantined",
		[RECONCILE_UNREADABLE] = "unreadable", [RECONCILE_DRIVERLESS] = "returned without a driver",
	};

	return names[outcome];
}

enum reconcile_outcome reconcile_outcome_of(int restored)
{
	return restored < 0			? RECONCILE_QUARANTINED
	       : restored == RESTORE_DRIVERLESS ? RECONCILE_DRIVERLESS
						: RECONCILE_GIVEN_BACK;
}

static int note(struct reconcile *r, const char *uuid, const struct lease *lease,
		enum reconcile_outcome outcome, const char *why, struct error *err)
{
	struct reconcile_item *item;

	if (!r->report)
		return 0;
	item = ARRAY_ADD(r->report->items, r->report->count);
	if (!item)
		return error_set(err, ENOMEM, "cannot list %zu leases", r->report->count + 1);
	item->outcome = outcome;
	snprintf(item->uuid, sizeof(item->uuid), "%s", uuid);
	snprintf(item->domain, sizeof(item->domain), "%s", lease->domain);
	snprintf(item->why, sizeof(item->why), "%s", why);
	return 0;
}

/* libvirt's answer about a running domain. */
struct answer {
	bool is_asked, is_known;
	struct domain domain; /* its current state, when is_known */
	struct error why;     /* why it is not known */
};

/* A quarantined lease has been waited for before, and another domain's start is not delayed. */
static struct patience patience_with(const struct reconcile *r, const struct lease *lease)
{
	bool waits = r->depth == LIVENESS_THOROUGHLY && lease->state != LEASE_QUARANTINED;

	return restore_patience(r->timeout_ms, waits ? RESTORE_EXIT_MS : RESTORE_AT_ONCE);
}

static int restore_stale(struct reconcile *r, struct lease *lease, const struct error *why, struct error *err)
{
	struct error cause;
	bool was_quarantined = lease->state == LEASE_QUARANTINED;
	int rc;

	if (!was_quarantined)
		log_warning("domain '%s': %s: returning its devices", lease->domain, why->msg);
	rc = restore_lease(r->sysfs, r->store, lease, patience_with(r, lease), &cause);
	if (rc >= 0 && was_quarantined)
		log_info("domain '%s': no longer quarantined", lease->domain);
	return note(r, lease->uuid, lease, reconcile_outcome_of(rc), rc ? cause.msg : why->msg, err);
}

static int forget(struct reconcile *r, const struct lease *lease, struct error *err)
{
	log_info("domain '%s': its lease is of an earlier boot of this host", lease->domain);
	if (lease_store_remove(r->store, lease->uuid, err) < 0)
		return -1;
	return note(r, lease->uuid, lease, RECONCILE_FORGOTTEN, "the host was booted since", err);
}

/*
 * Settles a lease in use: what an interrupted attach or detach has left, what libvirt has removed meanwhile.
 * @live: when it is known, the caller holds the domain's attach lock
 */
static int settle(struct reconcile *r, struct lease *lease, const struct answer *live,
		  const struct error *in_use, struct error *err)
{
	struct error why = *in_use;
	enum reconcile_outcome outcome = RECONCILE_IN_USE;

	if (live->is_known &&
	    attachment_settle(r->sysfs, r->store, lease, &live->domain, patience_with(r, lease), &why) < 0)
		outcome = RECONCILE_QUARANTINED;
	else if (live->is_asked && !live->is_known)
		(void)error_set(&why, 0, "%s; what is attached stays: %s", in_use->msg, live->why.msg);
	if (outcome == RECONCILE_IN_USE && lease_is_empty(lease)) {
		(void)error_set(&why, 0, "the guest has not got it");
		outcome = RECONCILE_GIVEN_BACK;
	}
	if (lease->state == LEASE_QUARANTINED)
		outcome = RECONCILE_QUARANTINED;
	return note(r, lease->uuid, lease, outcome, why.msg, err);
}

static int judge(struct reconcile *r, struct lease *lease, const struct answer *live, struct error *err)
{
	struct error why;

	/* Bindings, driver overrides and links were the kernel's state, and ended with that boot. */
	if (strcmp(lease->boot_id, r->boot_id) != 0)
		return forget(r, lease, err);
	if (liveness_of(&r->emulators, r->depth, lease, &why) != LIVENESS_OVERDUE)
		return settle(r, lease, live, &why, err);
	return restore_stale(r, lease, &why, err);
}

static int lock_and_reconcile(struct reconcile *r, const char *uuid, const struct answer *live,
			      struct error *err)
{
	CLEANUP(lease_clear) struct lease lease = { 0 };
	struct error why;
	int rc = lease_store_lock_domain(r->store, uuid, 0, &why);

	if (rc == LEASE_STORE_BUSY)
		return note(r, uuid, &lease, RECONCILE_IN_USE, why.msg, err);
	if (rc < 0) {
		*err = why;
		return -1;
	}
	rc = lease_store_load(r->store, uuid, &lease, &why);
	if (rc == 0)
		rc = judge(r, &lease, live, err);
	else if (rc != LEASE_STORE_ABSENT)
		rc = note(r, uuid, &lease, RECONCILE_UNREADABLE, why.msg, err);
	lease_store_unlock_domain(r->store, uuid);
	return rc < 0 ? -1 : 0;
}

/* A start does not wait for libvirt, which may still be busy; the timer handles the lease later. */
static bool has_attached(struct reconcile *r, const char *uuid)
{
	CLEANUP(lease_clear) struct lease lease = { 0 };
	struct error why;

	/* Without an emulator the device is returned, whatever libvirt reports. */
	return r->depth == LIVENESS_THOROUGHLY && !r->is_libvirt_mute &&
	       lease_store_load(r->store, uuid, &lease, NULL) == 0 &&
	       strcmp(lease.boot_id, r->boot_id) == 0 && attachment_is_any(&lease) &&
	       liveness_emulator_runs(&r->emulators, &lease, &why);
}

/* libvirt is asked without holding the domain's lock, because its hook may be waiting for that lock. */
static int reconcile_one(struct reconcile *r, const char *uuid, struct error *err)
{
	struct answer live = { .is_asked = false };
	int rc;

	if (has_attached(r, uuid) && lease_store_lock_attach(r->store, uuid, 0, NULL) == 0) {
		rc = domain_program_read(uuid, &live.domain, &live.why);
		live.is_asked = true;
		live.is_known = rc == 0;
		r->is_libvirt_mute = rc < 0;
	}
	rc = lock_and_reconcile(r, uuid, &live, err);
	lease_store_unlock_attach(r->store, uuid);
	domain_clear(&live.domain);
	return rc;
}

/*
 * Returns true for the leases of a host where all is well: the domain has its devices, and the daemon that
 * started it will release them. Nothing would be changed, so no lock is needed.
 */
static bool is_all_well(struct reconcile *r, const struct lease *lease)
{
	return (lease->state == LEASE_BOUND || lease->state == LEASE_BINDING) &&
	       strcmp(lease->boot_id, r->boot_id) == 0 && liveness_daemon_runs(&r->emulators, lease);
}

/* Before a start, which needs no report: lists the leases that need a look, all if one is unreadable. */
static int list_unwell(struct reconcile *r, struct lease_file_list *out, struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };

	*out = (struct lease_file_list){ 0 };
	if (lease_store_load_all(r->store, &leases, NULL) != 0)
		return lease_store_list(r->store, out, err);
	for (size_t i = 0; i < leases.count; i++) {
		struct lease_file file = { .inode = 0 };

		strcpy(file.uuid, leases.leases[i]->uuid);
		if (!is_all_well(r, leases.leases[i]) && !ARRAY_APPEND(out->items, out->count, file))
			return error_set(err, ENOMEM, "cannot list %zu leases", leases.count);
	}
	return 0;
}

/* A process that holds the lock of the domain is still writing. */
static int sweep(const struct reconcile *r, struct error *err)
{
	struct lease_file_list uuids;
	int rc = lease_store_list_unfinished(r->store, &uuids, err);

	for (size_t i = 0; i < uuids.count; i++) {
		if (lease_store_lock_domain(r->store, uuids.items[i].uuid, 0, NULL) != 0)
			continue;
		lease_store_remove_unfinished(r->store, uuids.items[i].uuid);
		lease_store_unlock_domain(r->store, uuids.items[i].uuid);
	}
	free(uuids.items);
	return rc < 0 ? rc : lease_store_sweep_locks(r->store, err);
}

/* ---- lost leases ------------------------------------------------------------------------------------ */

/* Only the UUID of the domain is known: it is the name of the file. */
static bool may_run(const struct paths *paths, const char *uuid, struct error *why)
{
	CLEANUP(emulators_clear) struct emulator_list emulators = { 0 };
	struct error cause;
	pid_t emulator = 0;
	int rc = emulators_list(paths->libvirt_run, &emulators, &cause);

	if (rc == 0)
		rc = emulators_find(&emulators, uuid, NULL, &emulator, &cause);
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
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };
	struct lease_file_list uuids;
	int rc;

	if (lease_store_load_all(store, &leases, NULL) == 0)
		return 0;
	rc = lease_store_list(store, &uuids, err);
	for (size_t i = 0; i < uuids.count && rc == 0; i++) {
		CLEANUP(lease_clear) struct lease lease = { 0 };
		struct error why;

		if (lease_store_load(store, uuids.items[i].uuid, &lease, &why) == LEASE_STORE_CORRUPT)
			rc = set_aside(paths, store, uuids.items[i].uuid, &why, err);
	}
	free(uuids.items);
	return rc;
}

/* Adds every endpoint of the group that is bound to a VFIO driver. */
static int add_members(const struct sysfs *sysfs, int group, struct lease *lease, struct error *err)
{
	CLEANUP(topology_clear) struct topology members = { 0 };
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
	return rc;
}

static int fill_lease(const struct sysfs *sysfs, const struct placeholder *lost, int group,
		      struct lease *lease, struct error *err)
{
	struct lease_grant grant = { .request = lost->request,
				     .addr = lost->addr,
				     .functions = lost->functions,
				     .group = group,
				     .options = lost->options };

	lease->state = LEASE_QUARANTINED;
	lease->since = (int64_t)time(NULL);
	lease->since_boottime_ms = clock_boottime_ms();
	snprintf(lease->domain, sizeof(lease->domain), "%s", lost->request.owner);
	lease_set_note(lease, "its lease was lost; pcitag reconcile gives the devices back");
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
	shared = lease_share(&lease, err);
	rc = shared ? lease_list_add(leases, shared, err) : -1;
	lease_unref(shared);
	return rc;
}

static int adopt_one(const struct lease_store *store, const struct sysfs *sysfs, struct lease_list *leases,
		     const struct placeholder *lost, struct error *err)
{
	int group = PCI_NO_GROUP;

	/* Without its link, its release completed in the meantime. */
	if (lease_list_find_placeholder(leases, &lost->request) || !placeholder_links_has(lost))
		return 0;
	if (!lost->is_without && pci_device_read_group(sysfs, &lost->addr, &group, err) < 0)
		return -1;
	/* Nothing to return: there was no device, it is gone, or it has another owner now. */
	if (group == PCI_NO_GROUP || lease_list_find_owner(leases, &lost->addr, group, ""))
		return placeholder_links_remove_one(lost, err);
	return adopt(store, sysfs, lost, group, leases, err);
}

/* The caller holds the store's lock. A process writes the lease before it creates the links. */
static int adopt_links(const struct lease_store *store, const struct sysfs *sysfs, struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };
	struct placeholder_list links;
	int rc = placeholder_links_list(&links, err);

	/* A positive value: a lease is unreadable, and which links it accounts for is unknown. */
	if (rc == 0 && links.count)
		rc = lease_store_load_all(store, &leases, err);
	for (size_t i = 0; i < links.count && rc == 0; i++)
		rc = adopt_one(store, sysfs, &leases, &links.items[i], err);
	free(links.items);
	return rc < 0 ? -1 : 0;
}

/*
 * Renames lease files that cannot be parsed when their domain does not run (lease_store_set_aside()), and
 * writes a new, quarantined lease for every link below /dev/pcitag that no lease accounts for: it still
 * identifies the device, which is thus reported, assigned to no other domain, and returned as soon as no
 * process has it open. The previous drivers are unknown; the kernel selects the driver.
 * Returns 0, also when there is nothing to do or the owner is unknown (a lease of a newer version), or -1.
 */
static int adopt_lost(const struct paths *paths, struct lease_store *store, const struct sysfs *sysfs,
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

/* ---- all leases ------------------------------------------------------------------------------------- */

int reconcile(const struct paths *paths, struct lease_store *store, const struct sysfs *sysfs,
	      enum liveness_depth depth, const char *except, int timeout_ms, struct reconcile_report *report,
	      struct error *err)
{
	struct reconcile r = { .store = store,
			       .sysfs = sysfs,
			       .timeout_ms = timeout_ms,
			       .depth = depth,
			       .emulators = { .libvirt_run = paths->libvirt_run },
			       .report = report };
	struct lease_file_list uuids;
	int rc;

	if (process_boot_id(r.boot_id, err) < 0 || adopt_lost(paths, store, sysfs, err) < 0)
		return -1;
	rc = depth == LIVENESS_QUICKLY && !report ? list_unwell(&r, &uuids, err)
						  : lease_store_list(store, &uuids, err);
	for (size_t i = 0; i < uuids.count && rc == 0; i++) {
		if (strcmp(uuids.items[i].uuid, except) != 0)
			rc = reconcile_one(&r, uuids.items[i].uuid, err);
	}
	free(uuids.items);
	emulator_view_clear(&r.emulators);
	return rc < 0 ? rc : sweep(&r, err);
}

void reconcile_others(const struct paths *paths, struct lease_store *store, const struct sysfs *sysfs,
		      const char *uuid, const char *name, int timeout_ms)
{
	struct error err;

	if (reconcile(paths, store, sysfs, LIVENESS_QUICKLY, uuid, timeout_ms, NULL, &err) < 0)
		log_warning("domain '%s': reconcile: %s", name, err.msg);
}

int flow_reconcile(const struct paths *paths, struct reconcile_report *report, struct error *err)
{
	CLEANUP(lease_store_close) struct lease_store store = LEASE_STORE_CLOSED;
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };

	*report = (struct reconcile_report){ 0 };
	if (lease_store_open(paths->run, true, &store, err) < 0 || sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	if (reconcile(paths, &store, &sysfs, LIVENESS_THOROUGHLY, "", restore_timeout_ms(paths), report,
		      err) < 0)
		return -1;
	cleaning_reconcile(&store, &sysfs);
	return 0;
}
