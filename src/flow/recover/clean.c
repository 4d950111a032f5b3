/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/clean.h"

#include <string.h>

#include "base/log.h"
#include "flow/assign/hold.h"
#include "flow/assign/restore.h"
#include "host/pci/device.h"
#include "host/process/process.h"
#include "host/store/used_devices.h"

/* State of one clean. */
struct clean {
	const struct paths *paths;
	struct lease_store store;
	struct sysfs sysfs;
	struct lease used; /* what is held */
	bool is_bound;	   /* it is still with the driver of its lease */
};

static int find(struct clean *c, const struct pci_addr *addr, struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list all = { 0 };
	char text[PCI_ADDR_LEN];

	if (used_devices_load(&all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++) {
		if (lease_has_member(all.leases[i], addr))
			return lease_copy(all.leases[i], &c->used, err);
	}
	return error_refuse(err, FLOW_REFUSED, "%s is not held after its use; pcitag list shows what is",
			    pci_addr_format(addr, text));
}

/* Bindings ended with the boot of the lease. */
static int read_boot(struct clean *c, struct error *err)
{
	char boot_id[BOOT_ID_LEN];

	if (process_boot_id(boot_id, err) < 0)
		return -1;
	c->is_bound = strcmp(boot_id, c->used.boot_id) == 0;
	return 0;
}

/*
 * Makes it a lease again, which reconcile returns if this process dies. The caller holds the store's lock, so
 * that no start finds the device with neither.
 */
static int make_lease(struct clean *c, struct error *err)
{
	c->used.state = LEASE_RELEASING;
	lease_set_note(&c->used, "");
	hold_nothing(&c->used);
	if (lease_store_lock_domain(&c->store, c->used.uuid, 0, err) != 0)
		return -1;
	return lease_store_save(&c->store, &c->used, err);
}

/* Returns 0, FLOW_REFUSED or -1. */
static int take_out(struct clean *c, const struct pci_addr *addr, bool as_is, struct clean_result *out,
		    struct error *err)
{
	char text[PCI_ADDR_LEN];
	int rc = find(c, addr, err);

	if (rc == 0)
		rc = read_boot(c, err);
	if (rc == 0 && !as_is)
		rc = error_refuse(
			err, FLOW_REFUSED,
			"%s was used by domain %s; clean it, then free it with pcitag clean --as-is",
			pci_addr_format(addr, text), c->used.domain);
	if (rc != 0)
		return rc;
	snprintf(out->domain, sizeof(out->domain), "%s", c->used.domain);
	snprintf(out->since, sizeof(out->since), "%s", c->used.note ? c->used.note : "");
	if (c->is_bound && make_lease(c, err) < 0)
		return -1;
	return used_devices_remove(&c->used, err);
}

static void give_back(struct clean *c, struct clean_result *out)
{
	struct patience patience = restore_patience(restore_timeout_ms(c->paths), RESTORE_AT_ONCE);
	struct error why = { 0 };
	int rc = 0;

	log_info("domain '%s': freed by an administrator: what it used is no longer held", c->used.domain);
	if (c->is_bound)
		rc = restore_lease(&c->sysfs, &c->store, &c->used, patience, &why);
	out->outcome = reconcile_outcome_of(rc);
	snprintf(out->why, sizeof(out->why), "%s", rc ? why.msg : "");
}

int flow_clean(const struct paths *paths, const struct pci_addr *addr, bool as_is, struct clean_result *out,
	       struct error *err)
{
	struct clean c = { .paths = paths, .store = LEASE_STORE_CLOSED, .sysfs = { -1 } };
	int rc = -1;

	*out = (struct clean_result){ .why = "" };
	if (lease_store_open(paths->run, true, &c.store, err) == 0 &&
	    sysfs_open(paths->sys, &c.sysfs, err) == 0)
		rc = lease_store_lock(&c.store, FLOW_LOCK_TIMEOUT_MS, err);
	if (rc == 0) {
		rc = take_out(&c, addr, as_is, out, err);
		lease_store_unlock(&c.store);
	}
	if (rc == 0)
		give_back(&c, out);
	lease_clear(&c.used);
	sysfs_close(&c.sysfs);
	lease_store_close(&c.store);
	return rc;
}
