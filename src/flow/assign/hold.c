/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/hold.h"

#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"
#include "host/process/process.h"
#include "host/store/used_devices.h"

void hold_nothing(struct lease *lease)
{
	for (size_t i = 0; i < lease->grant_count; i++)
		lease->grants[i].after_use = AFTER_RETURN;
	for (size_t i = 0; i < lease->member_count; i++)
		lease->members[i].errors = PCI_ERRORS_ALL;
}

/* Of several grants in a group, one is enough. */
bool hold_is_due(const struct lease *lease, int group)
{
	for (size_t i = 0; i < lease->grant_count; i++) {
		if (lease->grants[i].group == group && lease->grants[i].after_use == AFTER_HOLD)
			return true;
	}
	return false;
}

/* Makes @used a lease of its own: its domain may start again. */
static int fill_used(struct lease *used, struct error *err)
{
	char since[32];
	struct tm tm;

	used->state = LEASE_HELD;
	/* They are started or stopped again at the end of the lease. */
	used->unit_count = 0;
	used->daemon = (struct process_id){ 0 };
	used->since = (int64_t)time(NULL);
	used->since_boottime_ms = clock_boottime_ms();
	if (!localtime_r(&(time_t){ (time_t)used->since }, &tm) ||
	    strftime(since, sizeof(since), "%Y-%m-%d %H:%M", &tm) == 0)
		strcpy(since, "some time ago");
	lease_set_note(used, since);
	if (process_random_uuid(used->uuid, err) < 0)
		return -1;
	/* The domain may make the same requests again. */
	for (size_t i = 0; i < used->grant_count; i++)
		strcpy(used->grants[i].request.owner, used->uuid);
	return 0;
}

int hold_group(struct lease *lease, int group, struct error *err)
{
	CLEANUP(lease_clear) struct lease used = { 0 };
	char addr[PCI_ADDR_LEN];

	if (lease_copy_group(lease, group, &used, err) < 0 || fill_used(&used, err) < 0 ||
	    used_devices_save(&used, err) < 0)
		return -1;
	for (size_t i = 0; i < used.grant_count; i++)
		log_info("domain '%s': %s was used and is held (after_use of its model %s)", used.domain,
			 pci_addr_format(&used.grants[i].addr, addr), used.grants[i].model);
	lease_drop_group(lease, group);
	return 0;
}

/* Drops members that are other devices by now, and gives the rest their groups of this boot. */
static void follow(struct lease *used, const struct topology *topology, const char *boot_id)
{
	bool is_this_boot = strcmp(used->boot_id, boot_id) == 0;

	for (size_t i = used->member_count; i-- > 0;) {
		struct lease_member *member = &used->members[i];
		const struct pci_device *device = topology_find(topology, &member->addr);

		if (!device)
			continue;
		if (!pci_identity_equal(&member->id, &device->id) ||
		    (is_this_boot && member->group != device->group && device->group != PCI_NO_GROUP))
			lease_drop_member(used, i);
		else
			member->group = device->group;
	}
}

static int add_copy(const struct lease *used, const struct topology *topology, const char *boot_id,
		    struct lease_list *leases, struct error *err)
{
	struct lease copy, *shared;
	int rc;

	if (lease_copy(used, &copy, err) < 0)
		return -1;
	follow(&copy, topology, boot_id);
	shared = lease_share(&copy, err);
	rc = shared ? lease_list_add(leases, shared, err) : -1;
	lease_unref(shared);
	return rc;
}

int hold_add_used(const struct topology *topology, struct lease_list *leases, struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list used = { 0 };
	char boot_id[BOOT_ID_LEN];
	int rc = used_devices_load(&used, err);

	if (rc == 0 && used.count)
		rc = process_boot_id(boot_id, err);
	for (size_t i = 0; i < used.count && rc == 0; i++)
		rc = add_copy(used.leases[i], topology, boot_id, leases, err);
	return rc;
}
