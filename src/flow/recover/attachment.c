/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/attachment.h"

#include <string.h>

#include "base/log.h"
#include "host/pci/vfio_group.h"
#include "host/process/process.h"
#include "host/store/placeholder_links.h"

/* Links and owner go first, because the domain may make the same request again meanwhile. */
static int split_off(struct lease_store *store, const struct lease *lease, size_t index, struct lease *part,
		     struct error *err)
{
	if (lease_copy_group(lease, lease->grants[index].group, part, err) < 0 ||
	    placeholder_links_remove(part, err) < 0 || process_random_uuid(part->uuid, err) < 0)
		return -1;
	strcpy(part->grants[0].request.owner, part->uuid);
	part->state = LEASE_RELEASING;
	/* No other process knows it yet. */
	if (lease_store_lock_domain(store, part->uuid, 0, err) != 0)
		return -1;
	if (lease_store_save(store, part, err) == 0)
		return 0;
	lease_store_unlock_domain(store, part->uuid);
	return -1;
}

static int forget_grant(const struct lease_store *store, struct lease *lease, size_t index, struct error *err)
{
	int group = lease->grants[index].group;

	lease_drop_units(lease, group);
	lease_drop_group(lease, group);
	return lease_is_empty(lease) ? lease_store_remove(store, lease->uuid, err)
				     : lease_store_save(store, lease, err);
}

/* Killed between the two writes, both leases contain the device; one of them finds it returned. */
int attachment_restore(const struct sysfs *sysfs, struct lease_store *store, struct lease *lease,
		       size_t index, struct patience patience, struct error *err)
{
	CLEANUP(lease_clear) struct lease part = { 0 };
	struct error why;
	int rc;

	if (split_off(store, lease, index, &part, err) < 0)
		return -1;
	rc = forget_grant(store, lease, index, err);
	if (restore_lease(sysfs, store, &part, patience, &why) < 0 && rc == 0)
		rc = error_pass(err, &why);
	lease_store_unlock_domain(store, part.uuid);
	return rc;
}

bool attachment_is_any(const struct lease *lease)
{
	for (size_t i = 0; i < lease->grant_count; i++) {
		if (grant_is_attached(&lease->grants[i]))
			return true;
	}
	return false;
}

static int keep(const struct lease_store *store, struct lease *lease, struct lease_grant *grant,
		struct error *err)
{
	if (grant->way != GRANT_ATTACHING)
		return 0;
	grant->way = GRANT_ATTACHED;
	log_warning("domain '%s': request %s: attaching it was cut short, but the guest has it",
		    lease->domain, grant->request.text);
	return lease_store_save(store, lease, err);
}

/* Any of its functions counts: libvirt does not know what happened to the others either. */
static bool is_in(const struct domain *live, const struct lease_grant *grant)
{
	for (size_t i = 0; i < live->hostdev_count; i++) {
		struct pci_addr slot = live->hostdevs[i];
		uint8_t function = slot.function;

		slot.function = grant->addr.function;
		if (pci_addr_equal(&slot, &grant->addr) && (grant->functions & (1U << function)))
			return true;
	}
	return false;
}

static int settle_one(const struct sysfs *sysfs, struct lease_store *store, struct lease *lease, size_t index,
		      const struct domain *live, struct patience patience, struct error *err)
{
	struct lease_grant *grant = &lease->grants[index];

	if (is_in(live, grant))
		return keep(store, lease, grant, err);
	switch (vfio_group_probe(grant->group, err)) {
	case VFIO_GROUP_BUSY:
		return 0; /* libvirt or QEMU is still using it */
	case 0:
	case VFIO_GROUP_ABSENT:
		log_warning("domain '%s': request %s: %s: returning it", lease->domain, grant->request.text,
			    grant->way == GRANT_ATTACHING ? "attaching it was cut short"
							  : "the guest has let go of it");
		return attachment_restore(sysfs, store, lease, index, patience, err);
	default:
		return -1;
	}
}

int attachment_settle(const struct sysfs *sysfs, struct lease_store *store, struct lease *lease,
		      const struct domain *live, struct patience patience, struct error *err)
{
	int rc = 0;

	/* Iterate from the end, so that the remaining indexes stay valid. */
	for (size_t i = lease->grant_count; i-- > 0;) {
		if (grant_is_attached(&lease->grants[i]) &&
		    settle_one(sysfs, store, lease, i, live, patience, rc == 0 ? err : NULL) < 0)
			rc = -1;
	}
	return rc;
}
