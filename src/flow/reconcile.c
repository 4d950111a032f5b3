/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/reconcile.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "flow/adopt.h"
#include "flow/give_back.h"
#include "host/emulators.h"
#include "host/process.h"

/* What one reconcile works with from beginning to end. */
struct reconcile {
	struct lease_store *store;
	const struct sysfs *sysfs;
	int timeout_ms;
	enum reconcile_depth depth;
	char boot_id[BOOT_ID_LEN];
	struct emulator_list emulators;
	bool knows_emulators;
	struct reconcile_report *report;
};

/* No start takes longer from the hook to the emulator; should one ever, it fails, and nothing is lost. */
#define START_SECONDS 120

void reconcile_report_clear(struct reconcile_report *report)
{
	free(report->items);
	*report = (struct reconcile_report){ 0 };
}

const char *reconcile_outcome_name(enum reconcile_outcome outcome)
{
	static const char *const names[] = {
		[RECONCILE_IN_USE] = "in use",	       [RECONCILE_GIVEN_BACK] = "given back",
		[RECONCILE_FORGOTTEN] = "forgotten",   [RECONCILE_QUARANTINED] = "quarantined",
		[RECONCILE_UNREADABLE] = "unreadable",
	};

	return names[outcome];
}

static int note(struct reconcile *r, const char *uuid, const struct lease *lease,
		enum reconcile_outcome outcome, const char *why, struct error *err)
{
	struct reconcile_item *grown, item = { .outcome = outcome };

	if (!r->report)
		return 0;
	grown = reallocarray(r->report->items, r->report->count + 1, sizeof(*grown));
	if (!grown)
		return error_set(err, ENOMEM, "cannot list %zu leases", r->report->count + 1);
	snprintf(item.uuid, sizeof(item.uuid), "%s", uuid);
	snprintf(item.domain, sizeof(item.domain), "%s", lease->domain);
	snprintf(item.why, sizeof(item.why), "%s", why);
	r->report->items = grown;
	grown[r->report->count++] = item;
	return 0;
}

/* Looks at all processes once, and only when a lease makes it necessary. */
static int find_emulator(struct reconcile *r, const char *uuid, pid_t *out, struct error *err)
{
	if (!r->knows_emulators && emulators_list(&r->emulators, err) < 0)
		return -1;
	r->knows_emulators = true;
	*out = emulators_find(&r->emulators, uuid);
	return 0;
}

/*
 * Between prepare and the emulator libvirt has work to do, and between the emulator's end and release it may
 * have many others to bury. A hook that is killed right at the beginning of release leaves a lease like that.
 */
static bool has_time_left(const struct reconcile *r, const struct lease *lease)
{
	return r->depth == RECONCILE_QUICKLY || (int64_t)time(NULL) - lease->since < START_SECONDS;
}

/*
 * Will libvirt call release for this lease? The daemon that made it does, as long as it lives; another one
 * does for a guest that it found running. Quarantined leases and those whose release was cut short (we have
 * the lock, so nobody is at it) have had their call.
 * @why: receives what says so
 */
static bool release_will_come(struct reconcile *r, const struct lease *lease, struct error *why)
{
	bool daemon_lives;
	struct error cause;
	pid_t emulator;

	if (lease->state == LEASE_QUARANTINED || lease->state == LEASE_RELEASING) {
		(void)error_set(why, 0, "its release was not finished");
		return false;
	}
	daemon_lives = process_is_alive(&lease->daemon);
	if (daemon_lives && has_time_left(r, lease)) {
		(void)error_set(why, 0, "libvirt's daemon (process %d) will release it",
				(int)lease->daemon.pid);
		return true;
	}
	if (find_emulator(r, lease->uuid, &emulator, &cause) < 0) {
		(void)error_set(why, 0, "its emulator may run: %s", cause.msg);
		return true;
	}
	if (emulator) {
		(void)error_set(why, 0, "its emulator runs (process %d)", (int)emulator);
		return true;
	}
	if (daemon_lives)
		(void)error_set(why, 0, "no emulator runs, %d seconds after its start began", START_SECONDS);
	else
		(void)error_set(why, 0, "libvirt's daemon (process %d) is gone and no emulator runs",
				(int)lease->daemon.pid);
	return false;
}

static int give_back_stale(struct reconcile *r, struct lease *lease, const struct error *why,
			   struct error *err)
{
	struct error cause;
	bool was_quarantined = lease->state == LEASE_QUARANTINED;

	if (!was_quarantined)
		log_warning("domain '%s': %s: giving its devices back", lease->domain, why->msg);
	if (give_back(r->sysfs, r->store, lease, patience_without_waiting(r->timeout_ms), &cause) < 0)
		return note(r, lease->uuid, lease, RECONCILE_QUARANTINED, cause.msg, err);
	if (was_quarantined)
		log_info("domain '%s': no longer quarantined", lease->domain);
	return note(r, lease->uuid, lease, RECONCILE_GIVEN_BACK, why->msg, err);
}

static int forget(struct reconcile *r, const struct lease *lease, struct error *err)
{
	log_info("domain '%s': its lease is of an earlier boot of this host", lease->domain);
	if (lease_store_remove(r->store, lease->uuid, err) < 0)
		return -1;
	return note(r, lease->uuid, lease, RECONCILE_FORGOTTEN, "the host was booted since", err);
}

static int judge(struct reconcile *r, struct lease *lease, struct error *err)
{
	struct error why;

	/* Bindings, overrides and links were the kernel's, and have ended with it. */
	if (strcmp(lease->boot_id, r->boot_id) != 0)
		return forget(r, lease, err);
	if (release_will_come(r, lease, &why))
		return note(r, lease->uuid, lease, RECONCILE_IN_USE, why.msg, err);
	return give_back_stale(r, lease, &why, err);
}

/* With the lock of its domain. */
static int reconcile_locked(struct reconcile *r, const char *uuid, struct error *err)
{
	struct lease lease = { 0 };
	struct error why;
	int rc = lease_store_load(r->store, uuid, &lease, &why);

	if (rc == 0)
		rc = judge(r, &lease, err);
	else if (rc != LEASE_STORE_ABSENT)
		rc = note(r, uuid, &lease, RECONCILE_UNREADABLE, why.msg, err);
	lease_clear(&lease);
	return rc < 0 ? -1 : 0;
}

static int reconcile_one(struct reconcile *r, const char *uuid, struct error *err)
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
	rc = reconcile_locked(r, uuid, err);
	lease_store_unlock_domain(r->store, uuid);
	return rc;
}

/* Who has the lock of that domain is still writing. */
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
	return rc;
}

int reconcile(struct lease_store *store, const struct sysfs *sysfs, enum reconcile_depth depth,
	      const char *except, int timeout_ms, struct reconcile_report *report, struct error *err)
{
	struct reconcile r = {
		.store = store, .sysfs = sysfs, .timeout_ms = timeout_ms, .depth = depth, .report = report
	};
	struct uuid_list uuids;
	int rc;

	if (process_boot_id(r.boot_id, err) < 0 || adopt_lost(store, sysfs, err) < 0)
		return -1;
	rc = lease_store_list(store, &uuids, err);
	for (size_t i = 0; i < uuids.count && rc == 0; i++) {
		if (strcmp(uuids.items[i], except) != 0)
			rc = reconcile_one(&r, uuids.items[i], err);
	}
	free(uuids.items);
	free(r.emulators.items);
	return rc < 0 ? rc : sweep(&r, err);
}

int flow_reconcile(const struct flow *flow, struct reconcile_report *report, struct error *err)
{
	struct lease_store store = LEASE_STORE_CLOSED;
	struct sysfs sysfs = { -1 };
	int rc;

	*report = (struct reconcile_report){ 0 };
	rc = lease_store_open(flow->run, true, &store, err);
	if (rc == 0)
		rc = sysfs_open(flow->sys, &sysfs, err);
	if (rc == 0)
		rc = reconcile(&store, &sysfs, RECONCILE_THOROUGHLY, "", give_back_timeout_ms(flow), report,
			       err);
	sysfs_close(&sysfs);
	lease_store_close(&store);
	return rc;
}
