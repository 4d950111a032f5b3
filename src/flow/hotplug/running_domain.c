/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/hotplug/running_domain.h"

#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "flow/recover/attachment.h"
#include "flow/assign/hostdev_guard.h"
#include "flow/assign/plan.h"
#include "host/libvirt/domain_program.h"
#include "host/process/process.h"

static bool has_attached(const struct running *running)
{
	CLEANUP(lease_clear) struct lease lease = { 0 };

	return lease_store_load(&running->store, running->domain.uuid, &lease, NULL) == 0 &&
	       attachment_is_any(&lease);
}

/* Another process may have attached a device between libvirt's answer and the lock. */
static int read_again(struct running *running, struct error *err)
{
	struct domain now;
	int rc = domain_program_read(running->domain.uuid, &now, err);

	if (rc != 0) {
		domain_clear(&now);
		return rc == DOMAIN_REFUSED ? FLOW_REFUSED : -1;
	}
	domain_clear(&running->domain);
	running->domain = now;
	return 0;
}

static int open_host(struct running *running, struct error *err)
{
	int rc;

	if (sysfs_open(running->paths->sys, &running->sysfs, err) < 0 ||
	    lease_store_open(running->paths->run, true, &running->store, err) < 0)
		return -1;
	rc = lease_store_lock_attach(&running->store, running->domain.uuid, FLOW_LOCK_TIMEOUT_MS, err);
	if (rc == 0 && has_attached(running))
		return read_again(running, err);
	return rc == LEASE_STORE_BUSY ? FLOW_REFUSED : rc;
}

int running_domain_open(const struct paths *paths, const char *who, struct running *out, struct error *err)
{
	int rc;

	*out = (struct running){ .paths = paths, .sysfs = { -1 }, .store = LEASE_STORE_CLOSED };
	rc = domain_program_read(who, &out->domain, err);
	if (rc != 0)
		return rc == DOMAIN_REFUSED ? FLOW_REFUSED : -1;
	rc = open_host(out, err);
	return rc != 0 ? (error_prefix(err, "domain '%s'", out->domain.name), rc) : 0;
}

void running_domain_close(struct running *running)
{
	lease_clear(&running->lease);
	lease_store_close(&running->store); /* also releases the locks */
	sysfs_close(&running->sysfs);
	domain_clear(&running->domain);
}

/*
 * Not made by a hook, it records no daemon to release it: it stays as long as the emulator runs. The daemon
 * does call release when that ends, because the XML names the devices by then (libvirt:
 * src/qemu/qemu_process.c, qemuProcessStop formats the live definition); a later caller finds nothing to do.
 */
static int start_lease(struct running *running, struct error *err)
{
	struct lease *lease = &running->lease;

	*lease = (struct lease){ .state = LEASE_BOUND,
				 .since = (int64_t)time(NULL),
				 .since_boottime_ms = clock_boottime_ms() };
	strcpy(lease->uuid, running->domain.uuid);
	strcpy(lease->domain, running->domain.name);
	if (process_boot_id(lease->boot_id, err) < 0)
		return -1;
	return hostdev_guard_note(&running->sysfs, &running->domain, lease, err);
}

static int read_lease(struct running *running, struct error *err)
{
	int rc;

	lease_clear(&running->lease);
	rc = lease_store_load(&running->store, running->domain.uuid, &running->lease, err);
	if (rc == LEASE_STORE_ABSENT)
		return start_lease(running, err);
	return rc == 0 ? 0 : -1;
}

int running_domain_lock(struct running *running, struct error *err)
{
	int rc = lease_store_lock_domain(&running->store, running->domain.uuid, FLOW_LOCK_TIMEOUT_MS, err);

	if (rc != 0)
		return rc == LEASE_STORE_BUSY ? FLOW_REFUSED : -1;
	rc = read_lease(running, err);
	if (rc != 0)
		running_domain_unlock(running);
	return rc;
}

void running_domain_unlock(struct running *running)
{
	lease_store_unlock_domain(&running->store, running->domain.uuid);
}
