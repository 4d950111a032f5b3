/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/clean.h"

#include <string.h>

#include "base/log.h"
#include "flow/assign/hold.h"
#include "flow/assign/observe.h"
#include "flow/assign/restore.h"
#include "flow/recover/clean_units.h"
#include "host/pci/scan.h"
#include "host/pci/serial.h"
#include "host/process/process.h"
#include "host/store/hidden_devices.h"
#include "host/store/used_devices.h"

/* State of one clean. */
struct clean {
	const struct paths *paths;
	struct lease_store store;
	struct sysfs sysfs;
	struct topology now; /* what is at the address, with its group */
	struct lease noted;  /* what is held, as its file says */
	struct lease used;   /* the same, where it is now */
	char addr[PCI_ADDR_LEN];
	char boot_id[BOOT_ID_LEN]; /* of this boot */
	struct clean_units units;  /* what is to be run */
};

/* ---- what is held ------------------------------------------------------------------------------------ */

/* Where a device may not answer. */
struct look {
	const struct sysfs *sysfs;
	const struct pci_addr *addr;
};

static int look_at_card(const void *arg, struct observation *out, struct error *err)
{
	const struct look *look = arg;

	if (pci_scan_add(look->sysfs, NULL, look->addr, &out->topology, err) < 0)
		return -1;
	topology_sort(&out->topology);
	for (size_t i = 0; i < out->topology.count; i++) {
		struct pci_device *device = &out->topology.devices[i];

		if (progress_at_device(&device->addr) == 0)
			pci_serial_read(look->sysfs, &device->addr, &device->serial);
	}
	return 0;
}

static int look_at(struct clean *c, const struct pci_addr *addr, struct error *err)
{
	const struct look look = { &c->sysfs, addr };
	struct progress_skips skips = { 0 };
	struct observation found;

	if (observe(look_at_card, &look, OBSERVE_PATIENTLY_MS, &skips, &found, err) < 0)
		return -1;
	c->now = found.topology;
	return 0;
}

/* True when the card that was used is at @addr now; c->used is then that. */
static bool is_here(struct clean *c, const struct lease *noted, const struct pci_addr *addr,
		    struct error *err, int *rc)
{
	lease_clear(&c->used);
	*rc = lease_copy(noted, &c->used, err);
	if (*rc < 0)
		return false;
	hold_follow(&c->used, &c->now, c->boot_id);
	return topology_find(&c->now, addr) && lease_has_member(&c->used, addr);
}

/* The card of a file whose address this is may be gone, or in another slot. */
static int find_noted(struct clean *c, const struct lease_list *all, const struct pci_addr *addr, bool as_is,
		      struct error *err)
{
	for (size_t i = 0; i < all->count; i++) {
		if (!lease_has_member(all->leases[i], addr))
			continue;
		if (!as_is)
			return error_refuse(err, FLOW_REFUSED,
					    "the card that was used at %s is not there, or another one is; "
					    "pcitag clean --as-is forgets it",
					    c->addr);
		lease_clear(&c->used);
		return lease_copy(all->leases[i], &c->noted, err) < 0 ||
				       lease_copy(all->leases[i], &c->used, err) < 0
			       ? -1
			       : 0;
	}
	return error_refuse(err, FLOW_REFUSED, "%s is not held after its use; pcitag list shows what is",
			    c->addr);
}

static int find(struct clean *c, const struct pci_addr *addr, bool as_is, struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list all = { 0 };
	int rc = used_devices_load(&all, err);

	for (size_t i = 0; i < all.count && rc == 0; i++) {
		if (is_here(c, all.leases[i], addr, err, &rc))
			return lease_copy(all.leases[i], &c->noted, err);
	}
	return rc < 0 ? -1 : find_noted(c, &all, addr, as_is, err);
}

/* Held to the end of this process, which proves to others that it is at work. */
static int lock_used(struct clean *c, struct error *err)
{
	struct error why;
	int rc = lease_store_lock_domain(&c->store, c->used.uuid, 0, &why);

	if (rc == LEASE_STORE_BUSY)
		return error_refuse(err, FLOW_REFUSED, "%s is just being cleaned or freed: %s", c->addr,
				    why.msg);
	return rc < 0 ? error_pass(err, &why) : 0;
}

/* A release notes that it holds a device before its lease is without it. */
static int check_leases(struct clean *c, struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };
	const struct lease *owner = NULL;

	if (lease_store_load_all(&c->store, &leases, err) != 0)
		return -1;
	for (size_t i = 0; i < c->used.member_count && !owner; i++)
		owner = lease_list_find_owner(&leases, &c->used.members[i].addr, PCI_NO_GROUP, c->used.uuid);
	if (!owner)
		return 0;
	return error_refuse(err, FLOW_REFUSED,
			    "%s is still being returned by domain %s; pcitag leases shows what is left to do",
			    c->addr, owner->domain);
}

/* Bindings ended with the boot of the lease, or with an earlier cleaning. */
static bool is_bound(const struct clean *c)
{
	return strcmp(c->boot_id, c->used.boot_id) == 0;
}

/* A lease again, which reconcile returns if this process dies. */
static int make_lease(const struct clean *c, struct lease *out, struct error *err)
{
	if (lease_copy(&c->used, out, err) < 0)
		return -1;
	out->state = LEASE_RELEASING;
	lease_set_note(out, "");
	lease_drop_cleaning(out);
	hold_nothing(out);
	return lease_store_save(&c->store, out, err);
}

/* ---- as it is ---------------------------------------------------------------------------------------- */

/* The caller holds the store's lock, so that no start finds the device with neither file. */
static int take_out(struct clean *c, struct lease *lease, struct error *err)
{
	if (is_bound(c) && make_lease(c, lease, err) < 0)
		return -1;
	return used_devices_remove(&c->noted, err);
}

/* The host may use what is on it, before its driver finds it. */
static void show(const struct clean *c)
{
	struct error why;

	if (hidden_devices_remove(&c->sysfs, &c->used, &why) < 0 ||
	    hidden_devices_remove(&c->sysfs, &c->noted, &why) < 0)
		log_warning("%s is free, but: %s", c->addr, why.msg);
}

static void give_back(struct clean *c, struct lease *lease, struct clean_result *out)
{
	struct patience patience = restore_patience(restore_timeout_ms(c->paths), RESTORE_AT_ONCE);
	struct error why = { 0 };
	int rc = 0;

	log_info("domain '%s': freed by an administrator: what it used is no longer held", c->used.domain);
	show(c);
	if (is_bound(c))
		rc = restore_lease(&c->sysfs, &c->store, lease, patience, &why);
	out->outcome = reconcile_outcome_of(rc);
	snprintf(out->why, sizeof(out->why), "%s", rc ? why.msg : "");
}

/* ---- cleaned ----------------------------------------------------------------------------------------- */

static int set_cleaning(struct clean *c, enum cleaning_state state, const char *why, struct error *err)
{
	char since[CLEANING_SINCE_LEN];

	if (lease_set_cleaning(&c->used, state, hold_format_now(since), c->boot_id, why, err) < 0)
		return -1;
	return used_devices_save(&c->used, err);
}

/* What keeps it from being cleaned is noted: it is not tried again until an administrator has looked at it.
 */
static void note_failure(struct clean *c, const struct error *why)
{
	struct error err;

	if (set_cleaning(c, CLEANING_FAILED, why->msg, &err) < 0)
		log_error("%s stays held, and why cannot be noted: %s", c->addr, err.msg);
}

/* Where the card is now: the file of its old address goes when the new one is there. */
static int note_start(struct clean *c, struct error *err)
{
	if (set_cleaning(c, CLEANING_RUNS, "", err) < 0)
		return -1;
	return pci_addr_equal(&c->used.grants[0].addr, &c->noted.grants[0].addr)
		       ? 0
		       : used_devices_remove(&c->noted, err);
}

/* The caller holds the store's lock. From now on others see that it is being cleaned. */
static int begin(struct clean *c, struct error *err)
{
	struct error why;
	int rc = check_leases(c, err);

	if (rc != 0)
		return rc;
	rc = clean_units_choose(c->paths, &c->used, &c->units, &why);
	if (rc == 0)
		return note_start(c, err);
	if (c->used.cleaning)
		note_failure(c, &why);
	*err = why;
	return rc;
}

/* The driver that it had before its last guest is the one that a unit finds. */
static int give_to_own_driver(struct clean *c, struct error *err)
{
	struct patience patience = restore_patience(restore_timeout_ms(c->paths), RESTORE_AT_ONCE);
	CLEANUP(lease_clear) struct lease lease = { 0 };
	int rc;

	/* Those that an earlier version has noted are not hidden yet. */
	if (hidden_devices_add(&c->used, err) < 0)
		return -1;
	if (!is_bound(c))
		return 0;
	rc = make_lease(c, &lease, err);
	if (rc == 0)
		rc = restore_lease(&c->sysfs, &c->store, &lease, patience, err);
	if (rc != 0)
		return error_prefix(err, "its own driver does not get it back");
	c->used.boot_id[0] = '\0';
	return used_devices_save(&c->used, err);
}

static int run_units(struct clean *c, struct error *err)
{
	int rc = give_to_own_driver(c, err);

	return rc == 0 ? clean_units_run(&c->units, c->addr, err) : -1;
}

/* Without the store's lock, a start might see neither this file nor the device as it is. */
static int finish(struct clean *c, const struct error *failure, struct error *err)
{
	if (lease_store_lock(&c->store, FLOW_LOCK_TIMEOUT_MS, err) < 0)
		return -1;
	if (failure)
		note_failure(c, failure);
	else if (used_devices_remove(&c->used, err) < 0)
		return -1;
	lease_store_unlock(&c->store);
	if (!failure)
		show(c);
	return 0;
}

static int fail(const struct clean *c, const struct error *failure, struct error *err)
{
	if (c->units.failed)
		return error_set(err, 0,
				 "%s is not clean, and stays held: %s; look at journalctl -u %s, then run "
				 "pcitag clean %s",
				 c->addr, failure->msg, c->units.failed, c->addr);
	return error_set(err, 0, "%s is not clean, and stays held: %s; then run pcitag clean %s", c->addr,
			 failure->msg, c->addr);
}

static int clean(struct clean *c, struct clean_result *out, struct error *err)
{
	struct error failure;

	log_info("domain '%s': %s, which it used, is being cleaned", c->used.domain, c->addr);
	if (run_units(c, &failure) < 0) {
		log_error("domain '%s': %s, which it used, is not clean, and stays held: %s", c->used.domain,
			  c->addr, failure.msg);
		(void)finish(c, &failure, NULL);
		return fail(c, &failure, err);
	}
	if (finish(c, NULL, err) < 0)
		return -1;
	log_info("domain '%s': %s, which it used, is clean, and no longer held", c->used.domain, c->addr);
	out->is_clean = true;
	return 0;
}

/* ---- both -------------------------------------------------------------------------------------------- */

static int decide(struct clean *c, const struct pci_addr *addr, bool as_is, struct lease *lease,
		  struct clean_result *out, struct error *err)
{
	int rc = find(c, addr, as_is, err);

	if (rc == 0)
		rc = lock_used(c, err);
	if (rc != 0)
		return rc;
	snprintf(out->domain, sizeof(out->domain), "%s", c->used.domain);
	snprintf(out->since, sizeof(out->since), "%s", c->used.note ? c->used.note : "");
	return as_is ? take_out(c, lease, err) : begin(c, err);
}

int flow_clean(const struct paths *paths, const struct pci_addr *addr, bool as_is, struct clean_result *out,
	       struct error *err)
{
	struct clean c = { .paths = paths, .store = LEASE_STORE_CLOSED, .sysfs = { -1 } };
	struct lease lease = { 0 };
	int rc = -1;

	*out = (struct clean_result){ .outcome = RECONCILE_GIVEN_BACK };
	pci_addr_format(addr, c.addr);
	if (lease_store_open(paths->run, true, &c.store, err) == 0 &&
	    sysfs_open(paths->sys, &c.sysfs, err) == 0 && process_boot_id(c.boot_id, err) == 0 &&
	    look_at(&c, addr, err) == 0)
		rc = lease_store_lock(&c.store, FLOW_LOCK_TIMEOUT_MS, err);
	if (rc == 0) {
		rc = decide(&c, addr, as_is, &lease, out, err);
		lease_store_unlock(&c.store);
	}
	if (rc == 0 && as_is)
		give_back(&c, &lease, out);
	else if (rc == 0)
		rc = clean(&c, out, err);
	lease_clear(&lease);
	lease_clear(&c.used);
	lease_clear(&c.noted);
	topology_clear(&c.now);
	clean_units_clear(&c.units);
	sysfs_close(&c.sysfs);
	lease_store_close(&c.store);
	return rc;
}
