/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/give_back.h"

#include <string.h>

#include "base/log.h"
#include "host/binder.h"
#include "host/placeholder_tree.h"
#include "host/vfio_group.h"

/* How often to ask whether a dying QEMU has closed its group. */
#define GROUP_POLL_MS 50

/* An unbind from VFIO while the group is open would never return, and ask the guest to give the device up. */
static int wait_for_group(int group, struct deadline deadline, struct error *err)
{
	for (;;) {
		int rc = vfio_group_probe(group, err);

		if (rc < 0)
			return -1;
		if (rc != VFIO_GROUP_BUSY)
			return 0;
		if (deadline_left(deadline) == 0)
			return error_set(err, 0,
					 "somebody still has /dev/vfio/%d open; end that process, then "
					 "start this domain again",
					 group);
		sleep_ms(GROUP_POLL_MS);
	}
}

static int wait_for_groups(const struct lease *lease, struct deadline deadline, struct error *err)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		bool asked = false;

		for (size_t j = 0; j < i && !asked; j++)
			asked = lease->members[j].group == lease->members[i].group;
		if (!asked && wait_for_group(lease->members[i].group, deadline, err) < 0)
			return -1;
	}
	return 0;
}

static int restore_members(const struct sysfs *sysfs, const struct lease *lease, struct deadline deadline,
			   struct error *err)
{
	if (wait_for_groups(lease, deadline, err) < 0)
		return -1;
	return binder_give_back(sysfs, lease->members, lease->member_count, deadline, err);
}

static void quarantine(const struct lease_store *store, struct lease *lease, const struct error *cause)
{
	struct error err;

	lease->state = LEASE_QUARANTINED;
	snprintf(lease->note, sizeof(lease->note), "%.*s", (int)sizeof(lease->note) - 1, cause->msg);
	log_error("domain '%s': quarantined: %s", lease->domain, cause->msg);
	if (lease_store_save(store, lease, &err) < 0)
		log_error("domain '%s': %s", lease->domain, err.msg);
}

int give_back(const struct sysfs *sysfs, const struct lease_store *store, struct lease *lease,
	      struct deadline deadline, struct error *err)
{
	struct error cause = { 0 };
	int rc = placeholder_tree_remove(lease, &cause);

	if (restore_members(sysfs, lease, deadline, rc == 0 ? &cause : NULL) < 0)
		rc = -1;
	if (rc == 0)
		return lease_store_remove(store, lease->uuid, err);
	quarantine(store, lease, &cause);
	if (err)
		*err = cause;
	return -1;
}
