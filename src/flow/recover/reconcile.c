/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/reconcile.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "flow/recover/attachment.h"
#include "flow/recover/lost_leases.h"
#include "flow/assign/restore.h"
#include "host/libvirt/domain_program.h"
#include "host/process/process.h"

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
	return r->depth == LIVENESS_THOROUGHLY && lease->state != LEASE_QUARANTINED
		       ? restore_wait_for_exit(r->timeout_ms)
		       : restore_without_waiting(r->timeout_ms);
}

static int restore_stale(struct reconcile *r, struct lease *lease, const struct error *why, struct error *err)
{
	struct error cause;
	bool was_quarantined = lease->state == LEASE_QUARANTINED;
	int rc;

	if (!was_quarantined)
		log_warning("domain '%s': %s: returning its devices", lease->domain, why->msg);
	rc = restore_lease(r->sysfs, r->store, lease, patience_with(r, lease), &cause);
	if (rc < 0)
		return note(r, lease->uuid, lease, RECONCILE_QUARANTINED, cause.msg, err);
	if (was_quarantined)
		log_info("domain '%s': no longer quarantined", lease->domain);
	if (rc == RESTORE_DRIVERLESS)
		return note(r, lease->uuid, lease, RECONCILE_DRIVERLESS, cause.msg, err);
	return note(r, lease->uuid, lease, RECONCILE_GIVEN_BACK, why->msg, err);
}

static int forget(struct reconcile *r, const struct lease *lease, struct error *err)
{
	log_info("domain '%s': its lease is of an earlier boot of this host", lease->domain);
	if (lease_store_remove(r->store, lease->uuid, err) < 0)
		return -1;
	return note(r, lease->uuid, lease, RECONCILE_FORGOTTEN, "the host was booted since", err);
}

/*
 * Settles a lease that is in use: what an interrupted attach or detach has left, and what libvirt has removed
 * from the guest meanwhile.
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

/* The caller holds the lock of the domain. */
static int reconcile_locked(struct reconcile *r, const char *uuid, const struct answer *live,
			    struct error *err)
{
	struct lease lease = { 0 };
	struct error why;
	int rc = lease_store_load(r->store, uuid, &lease, &why);

	if (rc == 0)
		rc = judge(r, &lease, live, err);
	else if (rc != LEASE_STORE_ABSENT)
		rc = note(r, uuid, &lease, RECONCILE_UNREADABLE, why.msg, err);
	lease_clear(&lease);
	return rc < 0 ? -1 : 0;
}

static int lock_and_reconcile(struct reconcile *r, const char *uuid, const struct answer *live,
			      struct error *err)
{
	static const struct lease unknown;
	struct error why;
	int rc = lease_store_lock_domain(r->store, uuid, 0, &why);

	if (rc == LEASE_STORE_BUSY)
		return note(r, uuid, &unknown, RECONCILE_IN_USE, why.msg, err);
	if (rc < 0) {
		*err = why;
		return -1;
	}
	rc = reconcile_locked(r, uuid, live, err);
	lease_store_unlock_domain(r->store, uuid);
	return rc;
}

/* A start does not wait for libvirt, which may still be busy; the timer handles the lease later. */
static bool has_attached(struct reconcile *r, const char *uuid)
{
	struct lease lease = { 0 };
	struct error why;
	bool has = r->depth == LIVENESS_THOROUGHLY && !r->is_libvirt_mute &&
		   lease_store_load(r->store, uuid, &lease, NULL) == 0 &&
		   strcmp(lease.boot_id, r->boot_id) == 0 && attachment_is_any(&lease);

	/* Otherwise the device is returned, whatever libvirt reports. */
	if (has)
		has = liveness_emulator_runs(&r->emulators, &lease, &why);
	lease_clear(&lease);
	return has;
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

/* Before another domain's start, which needs no report. Of @uuids keeps those that need a look. */
static void drop_well(struct reconcile *r, struct uuid_list *uuids)
{
	struct lease_list leases;
	size_t kept = 0, next = 0;

	/* Of those that can be read. Both lists are ordered by UUID. */
	(void)lease_store_load_all(r->store, &leases, NULL);
	for (size_t i = 0; i < uuids->count; i++) {
		while (next < leases.count && strcmp(leases.leases[next]->uuid, uuids->items[i]) < 0)
			next++;
		if (next < leases.count && strcmp(leases.leases[next]->uuid, uuids->items[i]) == 0 &&
		    is_all_well(r, leases.leases[next]))
			continue;
		memmove(uuids->items[kept++], uuids->items[i], UUID_LEN);
	}
	uuids->count = kept;
	lease_list_clear(&leases);
}

/* A process that holds the lock of the domain is still writing. */
static int sweep(const struct reconcile *r, struct error *err)
{
	struct uuid_list uuids;
	int rc = lease_store_list_unfinished(r->store, &uuids, err);

	for (size_t i = 0; i < uuids.count; i++) {
		if (lease_store_lock_domain(r->store, uuids.items[i], 0, NULL) != 0)
			continue;
		lease_store_remove_unfinished(r->store, uuids.items[i]);
		lease_store_unlock_domain(r->store, uuids.items[i]);
	}
	free(uuids.items);
	return rc < 0 ? rc : lease_store_sweep_locks(r->store, err);
}

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
	struct uuid_list uuids;
	int rc;

	if (process_boot_id(r.boot_id, err) < 0 || lost_leases_adopt(paths, store, sysfs, err) < 0)
		return -1;
	rc = lease_store_list(store, &uuids, err);
	if (rc == 0 && depth == LIVENESS_QUICKLY && !report)
		drop_well(&r, &uuids);
	for (size_t i = 0; i < uuids.count && rc == 0; i++) {
		if (strcmp(uuids.items[i], except) != 0)
			rc = reconcile_one(&r, uuids.items[i], err);
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
	struct lease_store store = LEASE_STORE_CLOSED;
	struct sysfs sysfs = { -1 };
	int rc;

	*report = (struct reconcile_report){ 0 };
	rc = lease_store_open(paths->run, true, &store, err);
	if (rc == 0)
		rc = sysfs_open(paths->sys, &sysfs, err);
	if (rc == 0)
		rc = reconcile(paths, &store, &sysfs, LIVENESS_THOROUGHLY, "", restore_timeout_ms(paths),
			       report, err);
	sysfs_close(&sysfs);
	lease_store_close(&store);
	return rc;
}
