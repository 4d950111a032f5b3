/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/start/release.h"

#include <string.h>

#include "base/deadline.h"
#include "base/log.h"
#include "flow/assign/hold.h"
#include "flow/assign/restore.h"
#include "host/pci/sysfs.h"
#include "host/store/counters.h"
#include "host/store/lease_store.h"
#include "host/xml/domain.h"

static int release_lease(const struct paths *paths, const struct lease_store *store, struct lease *lease,
			 struct deadline deadline, struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	int rc;

	if (sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	/* Its start did not come to its end, so that no guest had a device. */
	if (lease->state == LEASE_BINDING)
		hold_nothing(lease);
	if (lease->state != LEASE_QUARANTINED)
		lease->state = LEASE_RELEASING;
	/* For other readers: a store that cannot be written must not keep devices from being returned. */
	if (lease->member_count && lease_store_save(store, lease, err) < 0)
		log_warning("domain '%s': %s", lease->domain, err->msg);
	rc = restore_lease(&sysfs, store, lease, restore_patience(deadline_left(deadline), RESTORE_LONG),
			   err);
	return rc < 0 ? -1 : 0;
}

/* A prepare of the same domain may still run, when libvirt's daemon died and another one ended the domain. */
static int lock_domain(struct lease_store *store, const struct domain *domain, struct deadline deadline,
		       struct error *err)
{
	int rc = lease_store_lock_domain(store, domain->uuid, deadline_left(deadline), err);

	if (rc == LEASE_STORE_BUSY)
		return -1;
	/* A missing lock must not prevent devices from being returned. */
	if (rc < 0)
		log_warning("domain '%s': %s", domain->name, err->msg);
	return 0;
}

static int release_known(const struct paths *paths, const struct domain *domain, struct error *err)
{
	struct deadline deadline = deadline_in(restore_timeout_ms(paths));
	struct lease_store store = LEASE_STORE_CLOSED;
	struct lease lease = { 0 };
	struct error why;
	int rc = lease_store_open(paths->run, false, &store, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	rc = lock_domain(&store, domain, deadline, err);
	if (rc == 0)
		rc = lease_store_load(&store, domain->uuid, &lease, err);
	if (rc == 0)
		rc = release_lease(paths, &store, &lease, deadline, err);
	else if (rc == LEASE_STORE_ABSENT) /* prepare may have been killed while it wrote its lease */
		lease_store_remove_unfinished(&store, domain->uuid);
	lease_clear(&lease);
	lease_store_close(&store);
	if (rc == LEASE_STORE_ABSENT)
		return 0;
	/* A counter that cannot be updated is not an error. */
	if (counters_add_release(paths->run, rc == 0 ? COUNTER_RELEASE_DONE : COUNTER_RELEASE_FAILED, &why) <
	    0)
		log_warning("domain '%s': its release is not counted: %s", domain->name, why.msg);
	return rc == 0 ? 0 : -1;
}

int flow_release(const struct paths *paths, const char *xml, size_t len, struct error *err)
{
	CLEANUP(domain_clear) struct domain domain = { 0 };
	int rc = domain_xml_identify(xml, len, &domain, err);

	/* Whatever else the definition contains by now, only the UUID is needed to find the lease. */
	if (domain.uuid[0])
		rc = release_known(paths, &domain, err);
	if (rc < 0)
		log_error("domain '%s': release: %s", domain.name, err->msg);
	return rc;
}
