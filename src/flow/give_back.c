/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/give_back.h"

#include <errno.h>

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

/* The next group of @lease, in the order of its members, after the one at *next; false at the end. */
static bool next_group(const struct lease *lease, size_t *next, int *group)
{
	for (; *next < lease->member_count; (*next)++) {
		bool seen = false;

		for (size_t i = 0; i < *next && !seen; i++)
			seen = lease->members[i].group == lease->members[*next].group;
		if (!seen) {
			*group = lease->members[(*next)++].group;
			return true;
		}
	}
	return false;
}

/* Gathers the members of the groups that nobody has open now. */
static size_t free_members(const struct lease *lease, struct lease_member *out)
{
	size_t count = 0;

	for (size_t i = 0; i < lease->member_count; i++) {
		if (vfio_group_probe(lease->members[i].group, NULL) != VFIO_GROUP_BUSY)
			out[count++] = lease->members[i];
	}
	return count;
}

static void log_back(const struct lease *lease, const struct lease_member *member)
{
	char addr[PCI_ADDR_LEN];

	log_info("domain '%s': %s is back (driver: %s)", lease->domain, pci_addr_format(&member->addr, addr),
		 member->previous_driver[0] ? member->previous_driver : "none");
}

/* Gives back what is free, all at once, and strikes the groups that are wholly back off the lease. */
static int give_back_free(const struct sysfs *sysfs, struct lease *lease, struct deadline deadline,
			  struct error *err)
{
	CLEANUP_FREE struct lease_member *members = calloc(lease->member_count + 1, sizeof(*members));
	size_t count;
	int rc;

	if (!members)
		return error_set(err, ENOMEM, "cannot give back %zu functions", lease->member_count);
	count = free_members(lease, members);
	rc = binder_give_back(sysfs, members, count, deadline, err);
	for (size_t i = 0; i < count && rc == 0; i++) {
		log_back(lease, &members[i]);
		lease_drop_group(lease, members[i].group);
	}
	return rc;
}

/* What is free goes back at once; only then is there time to wait for whoever has the rest open. */
static int restore_members(const struct sysfs *sysfs, struct lease *lease, struct deadline deadline,
			   struct error *err)
{
	size_t next = 0;
	int group, rc;

	rc = give_back_free(sysfs, lease, deadline, err);
	if (rc < 0 || lease->member_count == 0)
		return rc;
	while (next_group(lease, &next, &group)) {
		if (wait_for_group(group, deadline, rc == 0 ? err : NULL) < 0)
			rc = -1;
	}
	if (give_back_free(sysfs, lease, deadline, rc == 0 ? err : NULL) < 0)
		rc = -1;
	return rc;
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
