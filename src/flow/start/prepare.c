/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/start/prepare.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"
#include "flow/recover/liveness.h"
#include "flow/recover/reconcile.h"
#include "flow/assign/bind.h"
#include "flow/assign/hostdev_guard.h"
#include "flow/assign/nets.h"
#include "flow/assign/plan.h"
#include "flow/assign/restore.h"
#include "flow/assign/units.h"
#include "flow/start/vgpu_rooms.h"
#include "host/pci/sysfs.h"
#include "host/process/process.h"
#include "host/store/counters.h"
#include "host/store/lease_store.h"
#include "host/store/placeholder_links.h"
#include "host/xml/domain.h"

/* State of one prepare. */
struct prepare {
	const struct paths *paths;
	struct process_id daemon; /* the daemon that will call release */
	struct domain domain;
	struct sysfs sysfs;
	struct lease_store store;
	struct host_state host;
	struct progress_skips skips; /* what did not answer */
	struct lease lease;
	struct settings settings; /* the defaults when they cannot be read */
	int settings_rc;	  /* -1, with settings_error, then */
	struct error settings_error;
	int64_t bind_ms;	      /* duration of binding, -1 when nothing was bound */
	int64_t begin_us, kernel_us;  /* start of prepare, and time spent in the kernel */
	char missing[PCI_DRIVER_LEN]; /* a driver that the lease needs and that is not loaded, or "" */
	struct vgpu_rooms rooms;      /* what cards have refused */
	bool has_learned;	      /* the last attempt has added to it */
};

static int release_timeout_ms(const struct prepare *p)
{
	return p->settings.release_timeout * 1000;
}

/* A start whose daemon has died cannot continue, and its release would never be called. */
static int check_daemon(const struct prepare *p, struct error *err)
{
	if (p->daemon.pid == 0)
		return error_set(err, 0, "libvirt's daemon, which wanted to start it, is gone");
	if (getppid() != p->daemon.pid)
		return error_set(err, 0, "libvirt's daemon (process %d), which wanted to start it, is gone",
				 (int)p->daemon.pid);
	return 0;
}

/* libvirt considers the earlier run ended, because a daemon that died no longer knows it. */
static int check_leftover(const struct prepare *p, const struct lease *lease, struct error *err)
{
	CLEANUP(emulator_view_clear)
	struct emulator_view emulators = { .libvirt_run = p->paths->libvirt_run };
	struct error why;

	if (!liveness_emulator_runs(&emulators, lease, &why))
		return 0;
	return error_set(err, 0, "%s; end that process", why.msg);
}

/* Returns what an earlier run of this domain still holds because its release was never called. */
static int release_leftover(struct prepare *p, struct error *err)
{
	CLEANUP(lease_clear) struct lease lease = { 0 };
	int rc = lease_store_load(&p->store, p->domain.uuid, &lease, err);

	if (rc == LEASE_STORE_ABSENT || rc == LEASE_STORE_CORRUPT)
		return 0; /* reconcile handles a corrupt lease */
	if (rc == 0)
		rc = check_leftover(p, &lease, err);
	if (rc == 0) {
		if (lease.member_count)
			log_warning("domain '%s': returning the devices of an earlier run first",
				    p->domain.name);
		struct patience patience = restore_patience(release_timeout_ms(p), RESTORE_LONG);

		patience.is_last = true;
		rc = restore_lease(&p->sysfs, &p->store, &lease, patience, err);
	}
	return rc < 0 ? error_prefix(err, "the lease of its earlier run cannot be returned") : 0;
}

/* What the lease says besides its devices: whose it is, since when, and who will call release. */
static int identify_lease(struct prepare *p, struct error *err)
{
	struct lease *lease = &p->lease;

	lease->state = p->domain.request_count ? LEASE_BINDING : LEASE_BOUND;
	lease->since = (int64_t)time(NULL);
	strcpy(lease->uuid, p->domain.uuid);
	strcpy(lease->domain, p->domain.name);
	lease->since_boottime_ms = clock_boottime_ms();
	lease->daemon = p->daemon;
	return process_boot_id(lease->boot_id, err) < 0 ? -1 : check_daemon(p, err);
}

/*
 * For a domain without requests, whose start must not depend on the registry: an unreadable lease does not
 * prevent the use of a device that no process has open.
 */
static int read_leases(struct prepare *p, struct error *err)
{
	struct error why;
	int rc = lease_store_load_all(&p->store, &p->host.leases, &why);

	if (rc == LEASE_STORE_CORRUPT)
		return hostdev_guard_check_open(&p->sysfs, &p->domain, &why, err);
	if (rc < 0)
		*err = why;
	return rc;
}

/*
 * The caller holds the lock. Chooses from the devices that were read before, by the leases of this moment,
 * and saves the lease: from then on reconcile returns its devices, whatever happens to this process.
 */
static int choose(struct prepare *p, struct error *err)
{
	bool has_requests = p->domain.request_count > 0;
	int rc = has_requests ? host_state_take_leases(&p->host, &p->store, err) : read_leases(p, err);

	if (rc == 0)
		rc = plan_decide(&p->host, &p->sysfs, &p->domain, &p->lease, err);
	if (rc == 0)
		rc = identify_lease(p, err);
	if (rc == 0)
		rc = bind_check_drivers(&p->sysfs, &p->lease, p->missing, err);
	/* When there is no such device, libvirt reports that itself. */
	if (rc == 0 && (has_requests || p->lease.hostdev_count))
		rc = lease_store_save(&p->store, &p->lease, err);
	return rc;
}

static int choose_locked(struct prepare *p, struct error *err)
{
	int rc = lease_store_lock(&p->store, FLOW_LOCK_TIMEOUT_MS, err);

	if (rc < 0)
		return -1;
	rc = choose(p, err);
	lease_store_unlock(&p->store);
	return rc;
}

/* Reads the host without the lock, so that a device that does not answer does not block other processes. */
static int look(struct prepare *p, enum reach reach, bool is_patient, struct error *err)
{
	const struct host_query query = { .paths = p->paths,
					  .sysfs = &p->sysfs,
					  .settings = &p->settings,
					  .asking = &p->domain,
					  .reach = reach,
					  .is_patient = is_patient,
					  .skips = &p->skips };

	host_state_clear(&p->host);
	if (is_patient)
		p->skips = (struct progress_skips){ 0 };
	if (p->domain.request_count == 0)
		return 0;
	if (p->settings_rc < 0) {
		*err = p->settings_error;
		return -1;
	}
	p->host.rooms = p->rooms.rooms;
	p->host.room_count = p->rooms.count;
	return host_state_look(&query, &p->store, &p->host, err);
}

/* How often to read the host again, with a longer timeout, before the domain is refused. */
#define LOOK_AGAIN_MAX 3

/* How long to wait for another start to read the host. Less than that takes when a device does not answer. */
#define TURN_MS 250

static int look_and_choose(struct prepare *p, enum reach reach, bool is_patient, struct error *err)
{
	int rc;

	/* Of starts at the same time each would choose the same device first, and look again. */
	if (p->domain.request_count)
		lease_store_take_turn(&p->store, TURN_MS);
	/* Step 5: look at the host without the lock: a device that hangs blocks no other start. */
	rc = look(p, reach, is_patient, err);
	/* Steps 6 and 7: choose by the current leases, and save the lease before the unlock. */
	if (rc == 0)
		rc = choose_locked(p, err);
	if (p->domain.request_count)
		lease_store_end_turn(&p->store);
	return rc;
}

/*
 * Reads the host, chooses devices and writes the lease. When it returns 0 the lease is on disk, and nothing
 * has been written to sysfs yet. It reads as little of the host as possible. Before the domain is refused,
 * everything that did not answer or was just being returned is read again.
 */
static int decide(struct prepare *p, struct error *err)
{
	enum reach reach = REACH_FIRST;
	int again = 0;

	p->missing[0] = '\0';
	for (;;) {
		int rc = look_and_choose(p, reach, again > 0, err);

		if (rc != PLAN_FURTHER && (rc != FLOW_REFUSED || p->missing[0]))
			return rc;
		if (p->host.is_partial)
			reach++;
		else if (!p->host.is_cut || again++ == LOOK_AGAIN_MAX)
			return rc;
		lease_clear(&p->lease);
	}
}

/*
 * Before a refusal: units that the models name may let go of a device. They are looked for only now, so that
 * other starts do not pay for it; nothing is stopped yet. The same devices are then judged again.
 */
static int decide_with_units(struct prepare *p, struct error *err)
{
	int rc = decide(p, err);

	if (rc != FLOW_REFUSED || p->missing[0] ||
	    !units_give_choice(p->paths, &p->sysfs, &p->host, p->domain.name))
		return rc;
	lease_clear(&p->lease);
	return choose_locked(p, err);
}

/* How often to decide anew when devices are returned in the moment in which requests are to go without. */
#define WITHOUT_AGAIN_MAX 3

/*
 * Optional requests go without a device only where the domain would be refused otherwise: when all of the
 * host was read, patiently, and no unit lets go of a device.
 */
static int decide_without(struct prepare *p, struct error *err)
{
	int rc;

	for (int again = 0;; again++) {
		rc = decide_with_units(p, err);
		if (rc != FLOW_REFUSED || p->missing[0] || !plan_go_without(&p->host))
			return rc;
		host_state_forget_leases(&p->host);
		lease_clear(&p->lease);
		rc = choose_locked(p, err);
		if (rc != FLOW_REFUSED || !p->host.allocation.without_count || again == WITHOUT_AGAIN_MAX)
			return rc;
		lease_clear(&p->lease);
	}
}

/*
 * Step 7b, for models that name units: what is to be done to units is in the lease, on disk, before it is
 * done. The choice is this domain's by then, and the store's lock is free: units may take their time.
 */
static int let_go(struct prepare *p, struct error *err)
{
	struct deadline deadline = deadline_in(p->settings.bind_timeout * 1000);

	if (!units_are_named(&p->host, &p->domain))
		return 0;
	if (units_choose(&p->host, &p->domain, &p->lease, err) < 0)
		return -1;
	if (p->lease.unit_count && lease_store_save(&p->store, &p->lease, err) < 0)
		return -1;
	return units_apply(p->paths, &p->sysfs, &p->host, &p->domain, &p->lease, deadline, err);
}

/*
 * Step 7c, for functions of network cards with settings: what they have now is in the lease, on disk, before
 * it is changed, and they have the new before a guest can see them.
 */
static int tell(struct prepare *p, struct error *err)
{
	struct deadline deadline = deadline_in(p->settings.bind_timeout * 1000);

	if (!nets_are_named(&p->host, &p->domain))
		return 0;
	if (nets_choose(&p->sysfs, &p->host, &p->domain, &p->lease, deadline, err) < 0)
		return -1;
	if (p->lease.net_count && lease_store_save(&p->store, &p->lease, err) < 0)
		return -1;
	return nets_apply(&p->sysfs, &p->lease, deadline, err);
}

static int bind_and_link(struct prepare *p, struct error *err)
{
	struct lease *lease = &p->lease;
	int64_t start = clock_ms();
	/* Step 8: bind. Each worker verifies its function and its group once more before it writes. */
	int rc = bind_lease(&p->sysfs, &p->store, lease, p->settings.bind_timeout * 1000, &p->kernel_us, err);

	if (lease->member_count)
		p->bind_ms = clock_ms() - start;
	/* Step 9: the links that libvirt follows exist only when they lead to devices on VFIO. */
	if (rc < 0 || placeholder_links_create(lease, err) < 0)
		return -1;
	/* Step 10: a daemon that died meanwhile would never call release. */
	if (check_daemon(p, err) < 0)
		return -1;
	lease->state = LEASE_BOUND;
	return lease_store_save(&p->store, lease, err);
}

/* Of take(): the chosen devices have changed since, and all of them have been returned. */
#define TAKE_CHANGED 2

/* Returns 0, -1, or TAKE_CHANGED with *err describing what has changed. */
static int take(struct prepare *p, struct error *err)
{
	int rc;

	bind_log_forced(&p->host, &p->domain);
	rc = let_go(p, err);
	if (rc == 0)
		rc = tell(p, err);
	if (rc == 0)
		rc = bind_and_link(p, err);
	if (rc == 0) {
		bind_log_grants(&p->lease);
		bind_log_withouts(&p->host, &p->domain);
		log_info(
			"domain '%s': ready in %.1f ms, of which the kernel took %.1f ms to move its devices",
			p->domain.name, (double)(clock_us() - p->begin_us) / 1000,
			(double)p->kernel_us / 1000);
		return 0;
	}
	p->has_learned = err->code == ESTALE && vgpu_rooms_learn(&p->rooms, &p->lease, &p->host.topology);
	/* The first failure is the one to report; restore_lease() logs its own. */
	if (restore_lease(&p->sysfs, &p->store, &p->lease,
			  restore_patience(release_timeout_ms(p), RESTORE_LONG), NULL) < 0)
		return -1;
	return err->code == ESTALE ? TAKE_CHANGED : -1;
}

/* Loads a missing module outside the lock, and then repeats the whole decision. */
static int decide_and_load(struct prepare *p, struct error *err)
{
	int rc = decide_without(p, err);

	if (rc != FLOW_REFUSED || !p->missing[0])
		return rc;
	if (bind_load_driver(&p->sysfs, p->missing, p->settings.bind_timeout * 1000) != 0)
		return FLOW_REFUSED;
	lease_clear(&p->lease);
	return decide_without(p, err);
}

/*
 * How often to choose again when the chosen devices change before the first write to them. A choice that a
 * card refuses for lack of room does not come again, and does not count; there are no more of these than
 * requests, because no card is tried twice with as many.
 */
#define CHOOSE_ANEW_MAX 2

static int decide_and_take(struct prepare *p, struct error *err)
{
	size_t most = CHOOSE_ANEW_MAX;
	int rc;

	for (size_t again = 0;; again++) {
		rc = decide_and_load(p, err);
		if (rc != 0 || p->domain.request_count == 0)
			return rc;
		rc = take(p, err);
		if (rc != TAKE_CHANGED)
			return rc;
		most += p->has_learned && most < CHOOSE_ANEW_MAX + p->domain.request_count;
		if (again == most)
			return -1;
		log_info("domain '%s': %s; choosing anew", p->domain.name, err->msg);
		lease_clear(&p->lease);
	}
}

/*
 * The steps of a start. From step 7 on, the lease on disk tells release and reconcile what to return,
 * whatever becomes of this process; before it, nothing has been written to sysfs.
 */
static int prepare_domain(struct prepare *p, struct error *err)
{
	int rc;

	/* Step 1: without a daemon that will call release, nothing may begin. */
	if (check_daemon(p, err) < 0 || sysfs_open(p->paths->sys, &p->sysfs, err) < 0 ||
	    lease_store_open(p->paths->run, true, &p->store, err) < 0)
		return -1;
	/* Step 2: one start, end or attach of this domain at a time. */
	rc = lease_store_lock_domain(&p->store, p->domain.uuid, FLOW_LOCK_TIMEOUT_MS, err);
	if (rc != 0)
		return rc == LEASE_STORE_BUSY ? FLOW_REFUSED : -1;
	p->settings_rc = restore_settings(p->paths, &p->settings, &p->settings_error);
	/* Step 3: what its earlier run still holds is returned: this run may get the same devices again. */
	if (release_leftover(p, err) < 0)
		return -1;
	/* Step 4: what other domains left behind is returned: it may be what this one requests. */
	reconcile_others(p->paths, &p->store, &p->sysfs, p->domain.uuid, p->domain.name,
			 release_timeout_ms(p));
	/* Steps 5 to 7, the decision: decide(). Steps 8 to 10, the devices: bind_and_link(). */
	return decide_and_take(p, err);
}

static int read_domain(struct prepare *p, const char *xml, size_t len, struct error *err)
{
	if (domain_xml_parse(xml, len, &p->domain, err) < 0)
		return FLOW_REFUSED;
	if (!p->domain.uuid[0])
		return error_refuse(
			err, FLOW_REFUSED,
			"the XML of domain '%s' has no <uuid>: write it as `virsh dumpxml` prints it",
			p->domain.name);
	return plan_check_domain(&p->domain, err);
}

/* A counter that cannot be updated must not make a start fail. */
static void count(const struct prepare *p, int rc)
{
	enum counter_start how = rc == 0  ? COUNTER_START_READY
				 : rc > 0 ? COUNTER_START_REFUSED
					  : COUNTER_START_FAILED;
	struct error err;

	if (counters_add_start(p->paths->run, how, p->bind_ms, &err) < 0)
		log_warning("domain '%s': its start is not counted: %s", p->domain.name, err.msg);
}

int flow_prepare(const struct paths *paths, const struct process_id *daemon, const char *xml, size_t len,
		 struct error *err)
{
	struct prepare p = {
		.paths = paths, .daemon = *daemon, .sysfs = { -1 }, .store = LEASE_STORE_CLOSED, .bind_ms = -1
	};
	int rc;
	bool is_ours;

	p.begin_us = clock_us();
	rc = read_domain(&p, xml, len, err);
	is_ours = rc != 0 || p.domain.request_count || p.domain.hostdev_count;

	if (rc == 0 && is_ours) {
		rc = prepare_domain(&p, err);
		if (rc != 0)
			(void)error_prefix(err, "domain '%s'", p.domain.name);
	}
	if (rc != 0)
		log_error("%s", err->msg);
	lease_clear(&p.lease);
	host_state_clear(&p.host);
	vgpu_rooms_clear(&p.rooms);
	lease_store_close(&p.store);
	sysfs_close(&p.sysfs);
	if (is_ours)
		count(&p, rc);
	domain_clear(&p.domain);
	return rc;
}
