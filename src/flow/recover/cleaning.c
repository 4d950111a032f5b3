/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/cleaning.h"

#include <string.h>

#include "base/log.h"
#include "flow/assign/hold.h"
#include "flow/paths.h"
#include "host/process/process.h"
#include "host/store/hidden_devices.h"
#include "host/store/used_devices.h"

/* Writes a new state. The caller holds the store's lock. */
static int set_state(struct lease *used, enum cleaning_state state, const char *why, struct error *err)
{
	char since[CLEANING_SINCE_LEN];

	if (lease_set_cleaning(used, state, hold_format_now(since), "", why, err) < 0)
		return -1;
	return used_devices_save(used, err);
}

/* A cleaning whose process is gone. While it lives, it holds this lock (flow/recover/clean.c). */
static int settle_cut(struct lease_store *store, struct lease *used, const char *boot_id, struct error *err)
{
	bool is_this_boot = strcmp(used->cleaning->boot_id, boot_id) == 0;
	char addr[PCI_ADDR_LEN];
	int rc;

	if (lease_store_lock_domain(store, used->uuid, 0, NULL) != 0)
		return 0;
	log_warning("%s: its cleaning was cut short: %s", pci_addr_format(&used->grants[0].addr, addr),
		    is_this_boot ? "its process was killed; it stays held"
				 : "the host ended; it begins again");
	rc = is_this_boot ? set_state(used, CLEANING_FAILED, "it was killed before its end", err)
			  : set_state(used, CLEANING_DUE, "", err);
	lease_store_unlock_domain(store, used->uuid);
	return rc;
}

/* What systemd says is news once. */
static int note_refusal(struct lease_store *store, struct lease *used, const struct error *why,
			struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list now = { 0 };
	char addr[PCI_ADDR_LEN];
	int rc;

	if (strncmp(used->cleaning->why, why->msg, CLEANING_WHY_LEN - 1) == 0)
		return 0;
	log_warning("%s stays held, and its cleaning does not begin: %s",
		    pci_addr_format(&used->grants[0].addr, addr), why->msg);
	rc = lease_store_lock(store, FLOW_LOCK_TIMEOUT_MS, err);
	if (rc == 0)
		rc = used_devices_load(&now, err);
	for (size_t i = 0; i < now.count && rc == 0; i++) {
		struct lease *found = now.leases[i];

		if (strcmp(found->uuid, used->uuid) == 0 && found->cleaning &&
		    found->cleaning->state == CLEANING_DUE)
			rc = set_state(found, CLEANING_DUE, why->msg, err);
	}
	lease_store_unlock(store);
	return rc;
}

static int settle_all(struct lease_store *store, const struct sysfs *sysfs, struct lease_list *all,
		      struct error *err)
{
	char boot_id[BOOT_ID_LEN];

	if (used_devices_load(all, err) < 0 || hidden_devices_sweep(sysfs, all, err) < 0 ||
	    process_boot_id(boot_id, err) < 0 || (all->count && used_devices_announce(err) < 0))
		return -1;
	for (size_t i = 0; i < all->count; i++) {
		struct lease *used = all->leases[i];

		if (used->cleaning && used->cleaning->state == CLEANING_RUNS &&
		    settle_cut(store, used, boot_id, err) < 0)
			return -1;
	}
	return 0;
}

static int begin_due(struct lease_store *store, const struct lease_list *all, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct lease *used = all->leases[i];
		struct error why;

		if (!used->cleaning || used->cleaning->state != CLEANING_DUE ||
		    hold_begin_cleaning(&used->grants[0].addr, &why) == 0)
			continue;
		if (note_refusal(store, used, &why, rc == 0 ? err : NULL) < 0)
			rc = -1;
	}
	return rc;
}

void cleaning_reconcile(struct lease_store *store, const struct sysfs *sysfs)
{
	CLEANUP(lease_list_clear) struct lease_list all = { 0 };
	struct error err;
	int rc = lease_store_lock(store, FLOW_LOCK_TIMEOUT_MS, &err);

	if (rc == 0) {
		rc = settle_all(store, sysfs, &all, &err);
		lease_store_unlock(store);
	}
	if (rc == 0)
		rc = begin_due(store, &all, &err);
	if (rc < 0)
		log_warning("the cleaning of held devices: %s", err.msg);
}
