/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/restore.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "flow/assign/hold.h"
#include "flow/assign/nets.h"
#include "flow/assign/units.h"
#include "flow/assign/wellness.h"
#include "host/bind/binder.h"
#include "host/bind/device_lock.h"
#include "host/pci/vfio_group.h"
#include "host/config/registry_ini.h"
#include "host/in_use/device_nodes.h"
#include "host/in_use/node_holders.h"
#include "host/pci/device.h"
#include "host/store/counters.h"
#include "host/store/last_devices.h"
#include "host/store/placeholder_links.h"

/* Most devices whose cleaning a return begins; of any more, reconcile does. */
#define DUE_MAX 32

/* What was held and is to be cleaned. */
struct due {
	struct pci_addr addrs[DUE_MAX];
	size_t count;
};

/* State of one restore_lease(). */
struct returning {
	const struct sysfs *sysfs;
	const struct lease_store *store;
	struct lease *lease;
	struct patience *patience;
	bool was_starting; /* its start did not come to its end */
	struct due *due;
	bool has_links; /* its links could not be removed: what they are for must stay in the lease */
};

/* Interval at which to check whether an exiting QEMU has closed its group. */
#define GROUP_POLL_MS 50

int restore_settings(const struct paths *paths, struct settings *out, struct error *err)
{
	*out = SETTINGS_DEFAULT;
	if (settings_load(paths->etc, out, err) == 0)
		return 0;
	/* An error in the settings must not prevent devices from being returned. */
	log_warning("%s; using the default release_timeout = %d", err->msg, out->release_timeout);
	return -1;
}

int restore_timeout_ms(const struct paths *paths)
{
	struct settings settings;
	struct error err;

	(void)restore_settings(paths, &settings, &err);
	return settings.release_timeout * 1000;
}

struct patience restore_patience(int timeout_ms, int groups_ms)
{
	int most = timeout_ms / 3 * 2;

	if (groups_ms < most)
		most = groups_ms;
	return (struct patience){ deadline_in(most), deadline_in(timeout_ms), false };
}

/* An unbind from VFIO while the group is open would hang, and ask the guest to release the device. */
static bool is_open(const struct lease_member *member)
{
	return !vfio_group_is_free(member->group);
}

/* A second write to a device that hangs in the kernel would hang as well, or would be undone by the first. */
static bool is_stuck(const struct lease_store *store, const struct lease_member *member)
{
	return device_lock_holder(store->lock, &member->addr) != 0;
}

static void log_back(const struct sysfs *sysfs, const struct lease *lease, const struct binder_job *job)
{
	const struct lease_member *member = job->member;
	char addr[PCI_ADDR_LEN], driver[PCI_DRIVER_LEN] = "";

	pci_addr_format(&member->addr, addr);
	if (job->is_taken_back) {
		log_info("domain '%s': %s was rebound by another program; left as it is", lease->domain,
			 addr);
		return;
	}
	/* A driver may have bound it. */
	if (!member->previous_driver[0] && pci_device_read_driver(sysfs, &member->addr, driver, NULL) != 0)
		driver[0] = '\0';
	log_info("domain '%s': %s is back (driver: %s)", lease->domain, addr,
		 member->previous_unknown     ? "the kernel's choice"
		 : member->previous_driver[0] ? member->previous_driver
		 : driver[0]		      ? driver
					      : "none");
}

/* The lease ends, so this is logged once. A counter that cannot be updated is not an error. */
static void note_driverless(const struct lease_store *store, const struct lease *lease,
			    const struct binder_job *job, struct error *driverless)
{
	const struct lease_member *member = job->member;
	char addr[PCI_ADDR_LEN];
	struct error why, uncounted;

	(void)error_set(&why, 0,
			"%s is returned without a driver: %s; a start may take it, and when it is well again "
			"write its address into /sys/bus/pci/drivers/%s/bind",
			pci_addr_format(&member->addr, addr), job->why, member->previous_driver);
	log_warning("domain '%s': %s", lease->domain, why.msg);
	if (counters_add_driverless(store->run, &uncounted) < 0)
		log_warning("domain '%s': that is not counted: %s", lease->domain, uncounted.msg);
	if (!driverless->msg[0])
		*driverless = why;
}

/*
 * Returns true when the function is gone or was plugged in again: what is now at its address, or in a group
 * of that number, is not pcitag's. When it cannot be read, the worker decides.
 */
static bool is_lost(const struct sysfs *sysfs, const struct lease_member *member, int *group)
{
	*group = PCI_NO_GROUP;
	switch (pci_device_read_group(sysfs, &member->addr, group, NULL)) {
	case 0:
		return *group != member->group;
	case SYSFS_ABSENT:
		return true;
	default:
		return false;
	}
}

/* Drops members that are no longer pcitag's, before it is checked whether their group's node is open. */
static void drop_lost(const struct sysfs *sysfs, struct lease *lease)
{
	for (size_t i = lease->member_count; i-- > 0;) {
		const struct lease_member *member = &lease->members[i];
		char addr[PCI_ADDR_LEN];
		int group;

		if (!is_lost(sysfs, member, &group))
			continue;
		pci_addr_format(&member->addr, addr);
		if (group == PCI_NO_GROUP)
			log_info("domain '%s': %s is gone: nothing to return", lease->domain, addr);
		else
			log_warning("domain '%s': %s is not the function that was assigned: its group is %d, "
				    "was %d; left as it is",
				    lease->domain, addr, group, member->group);
		/* What it was told went with it. */
		lease_drop_net(lease, &member->addr);
		lease_drop_member(lease, i);
	}
}

/* Drops members that were returned, from the end, so that the remaining indexes stay valid. */
static void drop_done(const struct returning *r, const struct binder_job *jobs, size_t count,
		      struct error *driverless)
{
	struct lease *lease = r->lease;

	for (size_t i = count; i-- > 0;) {
		if (!jobs[i].is_done)
			continue;
		if (jobs[i].is_refused)
			note_driverless(r->store, lease, &jobs[i], driverless);
		else
			log_back(r->sysfs, lease, &jobs[i]);
		lease_drop_member(lease, (size_t)(jobs[i].member - lease->members));
	}
}

/* No process has a function of the group open, or waits for one in the kernel. */
static bool is_group_closed(const void *context, int group)
{
	const struct returning *r = context;
	const struct lease *lease = r->lease;

	for (size_t i = 0; i < lease->member_count; i++) {
		if (lease->members[i].group == group &&
		    (is_open(&lease->members[i]) || is_stuck(r->store, &lease->members[i])))
			return false;
	}
	return true;
}

/* A function that still has what it was told for the guest is not free. */
static bool is_group_free(const struct returning *r, int group)
{
	return !lease_has_nets(r->lease, group) && is_group_closed(r, group);
}

/*
 * Looks at functions that the guest has left: those of @jobs that are back, or, without jobs, those of
 * @group. No guest has had what a start that failed returns.
 */
static void look_at(const struct returning *r, const struct binder_job *jobs, size_t count, int group)
{
	const struct lease *lease = r->lease;
	CLEANUP_FREE struct wellness_subject *subjects = calloc(lease->member_count + 1, sizeof(*subjects));
	size_t n = 0;

	if (!subjects || r->was_starting)
		return;
	for (size_t i = 0; i < count; i++) {
		if (jobs[i].is_done && !jobs[i].is_taken_back)
			subjects[n++] = (struct wellness_subject){ jobs[i].member,
								   jobs[i].is_refused ? jobs[i].why : NULL };
	}
	for (size_t i = 0; i < lease->member_count && !jobs; i++) {
		if (lease->members[i].group == group)
			subjects[n++] = (struct wellness_subject){ &lease->members[i], NULL };
	}
	wellness_look_after(r->sysfs, lease->domain, subjects, n);
}

static int hold_one(const struct returning *r, int group, struct error *err)
{
	struct pci_addr addr;
	int rc = hold_group(r->lease, group, &addr, err);

	if (rc == HOLD_CLEAN && r->due->count < DUE_MAX)
		r->due->addrs[r->due->count++] = addr;
	return rc;
}

/* When no lease has them any more: who cleans a device finds it held and nothing else. */
static void begin_cleanings(const struct lease *lease, const struct due *due)
{
	char addr[PCI_ADDR_LEN];
	struct error why;

	for (size_t i = 0; i < due->count; i++) {
		if (hold_begin_cleaning(&due->addrs[i], &why) < 0)
			log_warning("domain '%s': %s stays held, and its cleaning does not begin: %s",
				    lease->domain, pci_addr_format(&due->addrs[i], addr), why.msg);
	}
}

/* What is kept after its use is noted before it can be returned, and as soon as the guest is gone. */
static int hold_free(const struct returning *r, struct error *err)
{
	int rc = 0;

	for (size_t i = r->has_links ? 0 : r->lease->grant_count; i-- > 0;) {
		int group = r->lease->grants[i].group;

		if (hold_is_due(r->lease, group) && is_group_free(r, group)) {
			look_at(r, NULL, 0, group);
			if (hold_one(r, group, rc == 0 ? err : NULL) < 0)
				rc = -1;
		}
		/* Several grants may have left with their group. */
		if (i > r->lease->grant_count)
			i = r->lease->grant_count;
	}
	return rc;
}

/* Before its own driver has a function: that reads its address when it begins. Drivers have their time all
 * the same. */
static int undo_nets(const struct returning *r, struct error *err)
{
	int64_t begin = clock_ms();
	int rc;

	if (!r->lease->net_count)
		return 0;
	rc = nets_undo(r->sysfs, r->lease, is_group_closed, r, err);
	r->patience->groups.at_ms += clock_ms() - begin;
	r->patience->all.at_ms += clock_ms() - begin;
	return rc;
}

/* Returns to the host, in parallel, all members whose group is closed and that do not hang in the kernel. */
static int restore_free(const struct returning *r, struct error *driverless, struct error *err)
{
	struct lease *lease = r->lease;
	CLEANUP_FREE struct binder_job *jobs = calloc(lease->member_count + 1, sizeof(*jobs));
	const struct binder binder = { r->sysfs, r->store->lock, lease->drivers };
	size_t count = 0;
	int rc, held;

	if (!jobs)
		return error_set(err, ENOMEM, "cannot return %zu functions", lease->member_count);
	held = undo_nets(r, err);
	if (hold_free(r, held == 0 ? err : NULL) < 0)
		held = -1;
	for (size_t i = 0; i < lease->member_count; i++) {
		if (!is_open(&lease->members[i]) && !is_stuck(r->store, &lease->members[i]) &&
		    !lease_has_nets(lease, lease->members[i].group) &&
		    !hold_is_due(lease, lease->members[i].group))
			jobs[count++] = (struct binder_job){ .member = &lease->members[i],
							     .is_last_try = r->patience->is_last };
	}
	rc = binder_restore(&binder, jobs, count, r->patience->all, held == 0 ? err : NULL);
	look_at(r, jobs, count, PCI_NO_GROUP);
	drop_done(r, jobs, count, driverless);
	return rc < 0 ? rc : held;
}

static bool any_held(const struct lease_store *store, const struct lease *lease)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		if (is_open(&lease->members[i]) || is_stuck(store, &lease->members[i]))
			return true;
	}
	return false;
}

/* Finds who has the group open: its node, or a function's own (iommufd). 0, NODE_HOLDERS_NONE or -1. */
static int find_opener(const struct sysfs *sysfs, const struct lease *lease,
		       const struct lease_member *member, const char *path, struct node_holder *holder)
{
	CLEANUP(node_list_clear) struct node_list nodes = { 0 };
	struct node node;
	int rc = NODE_HOLDERS_NONE;

	if (node_at(path, &node, NULL) == 0)
		rc = node_holders_find("/proc", &node, 1, holder, NULL);
	for (size_t i = 0; rc == NODE_HOLDERS_NONE && i < lease->member_count; i++) {
		if (lease->members[i].group == member->group &&
		    node_list_add_vfio(&nodes, sysfs, &lease->members[i].addr, NULL) < 0)
			rc = -1;
	}
	if (rc == NODE_HOLDERS_NONE)
		rc = node_holders_find("/proc", nodes.items, nodes.count, holder, NULL);
	return rc;
}

static int blame_opener(const struct sysfs *sysfs, const struct lease *lease,
			const struct lease_member *member, struct error *err)
{
	struct node_holder holder;
	char path[VFIO_GROUP_PATH_LEN], addr[PCI_ADDR_LEN];

	pci_addr_format(&member->addr, addr);
	vfio_group_path(member->group, path);
	if (find_opener(sysfs, lease, member, path, &holder) == 0)
		return error_set(err, 0,
				 "%s cannot be returned: process %d (%s) has %s open; end it, then run "
				 "pcitag reconcile",
				 addr, (int)holder.pid, holder.command, holder.node);
	return error_set(err, 0,
			 "%s cannot be returned: another process has %s open; end that process, then run "
			 "pcitag reconcile",
			 addr, path);
}

static int blame_worker(const struct lease_store *store, const struct lease *lease,
			const struct lease_member *member, pid_t worker, struct error *err)
{
	char addr[PCI_ADDR_LEN];

	if (lease_find_net(lease, &member->addr))
		return error_set(
			err, 0,
			"%s cannot be returned: process %d waits in the kernel for the driver of its "
			"physical function; look into dmesg, or reboot the host",
			pci_addr_format(&member->addr, addr), (int)worker);
	return error_set(
		err, 0, "%s cannot be returned: process %d waits in the kernel for %s",
		pci_addr_format(&member->addr, addr), (int)worker,
		device_lock_is_binding(store->lock, &member->addr)
			? "a driver to take it; look into dmesg, or reboot the host"
			: "its driver to let go of it; end what uses the device, or reboot the host");
}

int restore_obstacle(const struct sysfs *sysfs, const struct lease_store *store, const struct lease *lease,
		     struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		const struct lease_member *member = &lease->members[i];
		pid_t worker = device_lock_holder(store->lock, &member->addr);
		int group;

		if (is_lost(sysfs, member, &group))
			continue;
		if (worker)
			(void)blame_worker(store, lease, member, worker, err);
		else if (is_open(member))
			(void)blame_opener(sysfs, lease, member, err);
		else
			continue;
		return RESTORE_OBSTRUCTED;
	}
	return 0;
}

/* Returns free members to the host at once, and only then waits for processes that hold the others. */
static int restore_members(const struct returning *r, struct error *driverless, struct error *err)
{
	struct lease *lease = r->lease;
	struct error why = { 0 };
	int rc;

	drop_lost(r->sysfs, lease);
	rc = restore_free(r, driverless, &why);
	if (lease->member_count == 0)
		return 0;
	while (any_held(r->store, lease) && deadline_left(r->patience->groups))
		sleep_ms(GROUP_POLL_MS);
	drop_lost(r->sysfs, lease);
	(void)restore_free(r, driverless, rc == 0 ? &why : NULL);
	if (lease->member_count == 0)
		return 0;
	/* Without an obstacle, the first failure is kept. */
	(void)restore_obstacle(r->sysfs, r->store, lease, &why);
	return error_pass(err, &why);
}

static void quarantine(const struct lease_store *store, struct lease *lease, const struct error *cause)
{
	bool is_news =
		lease->state != LEASE_QUARANTINED || !lease->note || strcmp(lease->note, cause->msg) != 0;
	struct error err;

	lease->state = LEASE_QUARANTINED;
	lease_set_note(lease, cause->msg);
	/* Reconcile runs every minute: logging it once is enough. */
	if (is_news)
		log_error("domain '%s': quarantined: %s", lease->domain, cause->msg);
	if (lease_store_save(store, lease, &err) < 0)
		log_error("domain '%s': %s", lease->domain, err.msg);
}

/* For its next start. Without it, the domain gets another device then. */
static void remember(const struct lease *lease)
{
	struct error why;
	size_t i = 0;

	while (i < lease->grant_count && !lease->grants[i].is_remembered)
		i++;
	/* A start that did not come to its end gave nothing; what is quarantined was noted before. */
	if (i == lease->grant_count || lease->state == LEASE_BINDING || lease->state == LEASE_QUARANTINED)
		return;
	if (last_devices_save(lease, &why) < 0)
		log_warning("domain '%s': %s", lease->domain, why.msg);
}

int restore_lease(const struct sysfs *sysfs, const struct lease_store *store, struct lease *lease,
		  struct patience patience, struct error *err)
{
	struct due due = { .count = 0 };
	struct error cause = { 0 }, driverless = { 0 };
	int links = placeholder_links_remove(lease, &cause);
	const struct returning returning = { .sysfs = sysfs,
					     .store = store,
					     .lease = lease,
					     .patience = &patience,
					     .due = &due,
					     .has_links = links < 0,
					     .was_starting = lease->state == LEASE_BINDING };
	int members;

	remember(lease);
	/* Its start did not come to its end. */
	if (lease->state == LEASE_BINDING)
		hold_nothing(lease);
	members = restore_members(&returning, &driverless, links == 0 ? &cause : NULL);

	if (links == 0) {
		lease_drop_ended_grants(lease);
		lease_drop_withouts(lease);
	}
	if (links < 0 || members < 0) {
		quarantine(store, lease, &cause);
		begin_cleanings(lease, &due);
		return error_pass(err, &cause);
	}
	/* The lease stays until they are as they were: whoever finds it undoes the rest. */
	if (lease->unit_count)
		units_undo(store, lease, patience.all);
	if (lease_store_remove(store, lease->uuid, err) < 0)
		return -1;
	begin_cleanings(lease, &due);
	if (!driverless.msg[0])
		return 0;
	if (err)
		*err = driverless;
	return RESTORE_DRIVERLESS;
}
