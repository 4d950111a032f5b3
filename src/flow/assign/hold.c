/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/hold.h"

#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"
#include "host/process/process.h"
#include "host/store/hidden_devices.h"
#include "host/store/used_devices.h"
#include "host/systemd/unit_program.h"

/* etc/clean.service.in; the instance is an address. */
#define CLEAN_UNIT "pcitag-clean@.service"

/* Time for systemd to accept a job. */
#define QUEUE_MS 3000

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
		if (lease->grants[i].group == group && lease->grants[i].after_use != AFTER_RETURN)
			return true;
	}
	return false;
}

char *hold_format_now(char buf[static CLEANING_SINCE_LEN])
{
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm) || strftime(buf, CLEANING_SINCE_LEN, "%Y-%m-%d %H:%M", &tm) == 0)
		strcpy(buf, "some time ago");
	return buf;
}

/* Units clean a group when a model of it says so, and none that a person is to look at it. */
static bool is_to_be_cleaned(const struct lease *used)
{
	bool is_clean = false;

	for (size_t i = 0; i < used->grant_count; i++) {
		if (used->grants[i].after_use == AFTER_HOLD)
			return false;
		is_clean |= used->grants[i].after_use == AFTER_CLEAN;
	}
	return is_clean;
}

/* Makes @used a lease of its own: its domain may start again. */
static int fill_used(struct lease *used, struct error *err)
{
	char since[CLEANING_SINCE_LEN];

	used->state = LEASE_HELD;
	/* They are started or stopped again at the end of the lease. */
	used->unit_count = 0;
	used->daemon = (struct process_id){ 0 };
	used->since = (int64_t)time(NULL);
	used->since_boottime_ms = clock_boottime_ms();
	lease_set_note(used, hold_format_now(since));
	if (is_to_be_cleaned(used) && lease_set_cleaning(used, CLEANING_DUE, since, "", "", err) < 0)
		return -1;
	if (process_random_uuid(used->uuid, err) < 0)
		return -1;
	/* The domain may make the same requests again. */
	for (size_t i = 0; i < used->grant_count; i++)
		strcpy(used->grants[i].request.owner, used->uuid);
	return 0;
}

int hold_group(struct lease *lease, int group, struct pci_addr *at, struct error *err)
{
	CLEANUP(lease_clear) struct lease used = { 0 };
	char addr[PCI_ADDR_LEN];

	if (lease_copy_group(lease, group, &used, err) < 0 || fill_used(&used, err) < 0 ||
	    hidden_devices_add(&used, err) < 0 || used_devices_save(&used, err) < 0)
		return -1;
	for (size_t i = 0; i < used.grant_count; i++)
		log_info("domain '%s': %s was used and is held (after_use of its model %s)", used.domain,
			 pci_addr_format(&used.grants[i].addr, addr), used.grants[i].model);
	lease_drop_group(lease, group);
	*at = used.grants[0].addr;
	return used.cleaning ? HOLD_CLEAN : 0;
}

int hold_begin_cleaning(const struct pci_addr *addr, struct error *err)
{
	char instance[PCI_ADDR_LEN], unit[UNIT_NAME_LEN];

	(void)unit_name_instantiate(CLEAN_UNIT, pci_addr_format(addr, instance), unit);
	return unit_program_queue(unit, deadline_in(QUEUE_MS), err) == 0 ? 0 : -1;
}

/* Returns where the card of the member is now, if its serial number says so; NULL when nothing does. */
static const struct pci_device *find_card(const struct lease_member *member, const struct topology *topology)
{
	for (size_t i = 0; i < topology->count; i++) {
		const struct pci_device *device = &topology->devices[i];

		if (device->addr.function == member->addr.function &&
		    pci_identity_equal(&member->id, &device->id) &&
		    pci_serial_compare(&member->serial, &device->serial) == PCI_SERIAL_SAME)
			return device;
	}
	return NULL;
}

/* It is in another slot than it was. */
static void move(struct lease *used, struct lease_member *member, const struct pci_device *device)
{
	for (size_t i = 0; i < used->grant_count; i++) {
		struct lease_grant *grant = &used->grants[i];
		uint8_t function = grant->addr.function;

		if (!pci_addr_same_slot(&grant->addr, &member->addr))
			continue;
		grant->addr = device->addr;
		grant->addr.function = function;
		grant->group = device->group;
	}
	member->addr = device->addr;
}

static bool is_other_card(const struct lease_member *member, const struct pci_device *device,
			  bool is_this_boot)
{
	enum pci_serial_match match = pci_serial_compare(&member->serial, &device->serial);

	if (!pci_identity_equal(&member->id, &device->id) || match == PCI_SERIAL_OTHER)
		return true;
	/* It was plugged in again: with the same number it is the same card. */
	return match == PCI_SERIAL_UNKNOWN && is_this_boot && member->group != device->group &&
	       device->group != PCI_NO_GROUP;
}

void hold_follow(struct lease *used, const struct topology *topology, const char *boot_id)
{
	bool is_this_boot = strcmp(used->boot_id, boot_id) == 0;

	for (size_t i = used->member_count; i-- > 0;) {
		struct lease_member *member = &used->members[i];
		const struct pci_device *device = find_card(member, topology);

		if (device)
			move(used, member, device);
		else
			device = topology_find(topology, &member->addr);
		if (!device)
			continue;
		if (is_other_card(member, device, is_this_boot))
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
	hold_follow(&copy, topology, boot_id);
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
