/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/force_release.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/deadline.h"
#include "base/log.h"
#include "flow/assign/restore.h"
#include "host/pci/device.h"
#include "host/process/process.h"
#include "host/store/placeholder_links.h"

/* A child that the daemon forks executes a program within milliseconds, in a start within two seconds. */
#define FORK_WAIT_MS 5000
#define FORK_POLL_MS 20

/* State of one such release. */
struct release {
	const struct paths *paths;
	const char *name;
	bool force;
	int timeout_ms;
	struct lease_store store;
	struct sysfs sysfs;
	char boot_id[BOOT_ID_LEN];
	struct release_report *report;
};

void release_report_clear(struct release_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->leases[i].devices);
	free(report->leases);
	*report = (struct release_report){ 0 };
}

static int refuse(struct error *err, const struct error *why, const char *advice)
{
	return error_refuse(err, FLOW_REFUSED, "%s%s", why->msg, advice);
}

/* ---- the report ------------------------------------------------------------------------------------ */

/* Adds an entry for @lease with a device for each member, initially marked as not returned. */
static int add_entry(struct release *r, const struct lease *lease, struct error *err)
{
	struct release_report *report = r->report;
	struct released_lease *entry = ARRAY_ADD(report->leases, report->count);

	if (entry)
		entry->devices = calloc(lease->member_count + 1, sizeof(*entry->devices));
	if (!entry || !entry->devices) {
		report->count -= entry != NULL;
		return error_set(err, ENOMEM, "cannot list %zu functions", lease->member_count);
	}
	snprintf(entry->uuid, sizeof(entry->uuid), "%s", lease->uuid);
	snprintf(entry->domain, sizeof(entry->domain), "%s", lease->domain);
	for (size_t i = 0; i < lease->member_count; i++)
		entry->devices[entry->device_count++] =
			(struct released_device){ .addr = lease->members[i].addr,
						  .group = lease->members[i].group,
						  .role = lease->members[i].role,
						  .had_driver =
							  lease->members[i].previous_driver[0] != '\0' };
	return 0;
}

/* Fills in the current state of every device. @left: the lease, with the members that were not returned */
static void finish_entry(struct release *r, const struct lease *left, enum reconcile_outcome outcome,
			 const struct error *why)
{
	struct released_lease *entry = &r->report->leases[r->report->count - 1];

	entry->outcome = outcome;
	snprintf(entry->why, sizeof(entry->why), "%s", why->msg);
	for (size_t i = 0; i < entry->device_count; i++) {
		struct released_device *device = &entry->devices[i];

		device->is_back = !lease_has_member(left, &device->addr);
		device->is_there =
			pci_device_read_driver(&r->sysfs, &device->addr, device->driver, NULL) == 0;
	}
}

/* ---- checks ---------------------------------------------------------------------------------------- */

static int refuse_unless_overdue(const struct release *r, const struct lease *lease, struct error *why,
				 struct error *err)
{
	CLEANUP(emulator_view_clear)
	struct emulator_view emulators = { .libvirt_run = r->paths->libvirt_run };
	struct error obstacle;

	switch (liveness_of(&emulators, LIVENESS_THOROUGHLY, lease, why)) {
	case LIVENESS_DAEMON:
		return refuse(err, why, "; use --force if neither a start nor a stop of it is going on");
	case LIVENESS_EMULATOR:
		return refuse(err, why, "; end the domain with virsh destroy");
	case LIVENESS_OVERDUE:
		break;
	}
	return restore_obstacle(&r->sysfs, &r->store, lease, &obstacle) ? refuse(err, &obstacle, "") : 0;
}

static int refuse_running(const struct release *r, const struct lease *lease, struct error *err)
{
	CLEANUP(emulator_view_clear)
	struct emulator_view emulators = { .libvirt_run = r->paths->libvirt_run };
	struct error why;

	if (!liveness_emulator_runs(&emulators, lease, &why))
		return 0;
	return refuse(err, &why, "; end the domain with virsh destroy");
}

/* Waits until no child is left that the daemon has forked and that could become the emulator. */
static int refuse_starting(const struct release *r, const struct lease *lease, struct error *err)
{
	struct deadline deadline = deadline_in(FORK_WAIT_MS);
	pid_t child;

	for (;;) {
		if (emulators_find_fork(&lease->daemon, &child, err) < 0)
			return -1;
		if (!child)
			return refuse_running(r, lease, err);
		if (!deadline_left(deadline))
			break;
		sleep_ms(FORK_POLL_MS);
	}
	return error_refuse(
		err, FLOW_REFUSED,
		"process %d, a child of libvirt's daemon, may be about to become its emulator; wait for it",
		(int)child);
}

/*
 * For a domain whose daemon runs. Without the links, a start that has not forked yet fails: libvirt finds no
 * node to grant, the wrapper no device (design: host/store/placeholder_links.h). Children that have already
 * forked are searched for afterwards, so none can be missed in between.
 */
static int stop_starts(const struct release *r, const struct lease *lease, struct error *err)
{
	int rc = refuse_running(r, lease, err);

	if (rc == 0 && process_is_alive(&lease->daemon)) {
		if (placeholder_links_remove(lease, err) < 0)
			return -1;
		rc = refuse_starting(r, lease, err);
		/* The guest uses these paths; the refusal is the error to report. */
		if (rc != 0 && placeholder_links_create(lease, NULL) < 0)
			log_error("domain '%s': cannot put its links back", lease->domain);
	}
	return rc;
}

/*
 * @why: receives the reason why no other process will return the devices
 * Returns 0, FLOW_REFUSED or -1.
 */
static int check(const struct release *r, const struct lease *lease, struct error *why, struct error *err)
{
	if (!r->force)
		return refuse_unless_overdue(r, lease, why, err);
	(void)error_set(why, 0, "by force");
	return stop_starts(r, lease, err);
}

/* ---- return of the devices ------------------------------------------------------------------------- */

static int forget(struct release *r, const struct lease *lease, struct error *err)
{
	struct error why;

	(void)error_set(&why, 0, "the host was booted since");
	log_info("domain '%s': its lease is of an earlier boot of this host", lease->domain);
	if (lease_store_remove(&r->store, lease->uuid, err) < 0)
		return -1;
	finish_entry(r, &(const struct lease){ 0 }, RECONCILE_FORGOTTEN, &why);
	return 0;
}

static void move_back(struct release *r, struct lease *lease, const struct error *why)
{
	struct patience patience = restore_patience(r->timeout_ms, RESTORE_AT_ONCE);
	struct error cause;
	int rc;

	patience.is_last = r->force;
	log_warning("domain '%s': released by an administrator (%s)", lease->domain, why->msg);
	if (lease->state != LEASE_QUARANTINED)
		lease->state = LEASE_RELEASING;
	if (lease_store_save(&r->store, lease, &cause) < 0)
		log_warning("domain '%s': %s", lease->domain, cause.msg);
	rc = restore_lease(&r->sysfs, &r->store, lease, patience, &cause);
	finish_entry(r, lease, reconcile_outcome_of(rc), rc ? &cause : why);
}

/* The caller holds the lock of the domain. */
static int release_locked(struct release *r, const char *uuid, struct error *err)
{
	CLEANUP(lease_clear) struct lease lease = { 0 };
	struct error why;
	int rc = lease_store_load(&r->store, uuid, &lease, err);

	if (rc == LEASE_STORE_ABSENT)
		return 0; /* its release was called in the meantime */
	if (rc != 0)
		return rc < 0 ? -1 : FLOW_REFUSED;
	/* Bindings, driver overrides and links were the kernel's state, and ended with that boot. */
	if (strcmp(lease.boot_id, r->boot_id) != 0) {
		rc = add_entry(r, &lease, err) < 0 ? -1 : forget(r, &lease, err);
	} else {
		rc = check(r, &lease, &why, err);
		if (rc == 0)
			rc = add_entry(r, &lease, err);
		if (rc == 0)
			move_back(r, &lease, &why);
	}
	return rc;
}

static int release_one(struct release *r, const char *uuid, struct error *err)
{
	int rc = lease_store_lock_domain(&r->store, uuid, 0, err);

	if (rc != 0)
		return rc == LEASE_STORE_BUSY ? FLOW_REFUSED : -1;
	rc = release_locked(r, uuid, err);
	lease_store_unlock_domain(&r->store, uuid);
	return rc;
}

/* Unreadable leases may be the domain's own. @rc and *err are those of lease_store_load_all(). */
static int say_none(const struct release *r, int rc, struct error *err)
{
	if (rc == LEASE_STORE_CORRUPT)
		(void)error_prefix(err, "no lease that can be read is of domain '%.256s'", r->name);
	else
		(void)error_set(err, 0, "domain '%.256s' holds nothing; pcitag leases lists who does",
				r->name);
	return FLOW_REFUSED;
}

/* Reconstructed (flow/recover/reconcile.c), a domain has a lease for each lost link, under its name. */
static int release_all(struct release *r, struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };
	int rc = lease_store_load_all(&r->store, &leases, err);
	int first = rc < 0 ? -1 : 0;
	size_t count = 0;

	for (size_t i = 0; i < leases.count && rc >= 0; i++) {
		const struct lease *lease = leases.leases[i];
		struct error cause;
		int one;

		if (!lease_is_of(lease, r->name))
			continue;
		count++;
		one = release_one(r, lease->uuid, &cause);
		if (one == 0 || first != 0)
			continue;
		first = one;
		(void)error_prefix(&cause, "domain '%s'", lease->domain);
		if (err)
			*err = cause;
	}
	return rc >= 0 && count == 0 ? say_none(r, rc, err) : first;
}

int flow_release_domain(const struct paths *paths, const char *name, bool force,
			struct release_report *report, struct error *err)
{
	struct release r = { .paths = paths,
			     .name = name,
			     .force = force,
			     .store = LEASE_STORE_CLOSED,
			     .sysfs = { -1 },
			     .report = report };
	int rc = lease_store_open(paths->run, false, &r.store, err);

	*report = (struct release_report){ 0 };
	if (rc == LEASE_STORE_ABSENT)
		return say_none(&r, rc, err);
	if (rc == 0)
		rc = sysfs_open(paths->sys, &r.sysfs, err);
	if (rc == 0)
		rc = process_boot_id(r.boot_id, err);
	if (rc == 0) {
		r.timeout_ms = restore_timeout_ms(paths);
		rc = release_all(&r, err);
	}
	sysfs_close(&r.sysfs);
	lease_store_close(&r.store);
	return rc;
}
