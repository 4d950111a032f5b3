/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/vf_change.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/deadline.h"
#include "flow/assign/host_state.h"
#include "flow/assign/plan.h"
#include "host/bind/device_lock.h"
#include "host/pci/device.h"
#include "host/pci/scan.h"
#include "host/pci/vfio_group.h"
#include "host/process/process.h"
#include "host/process/worker.h"

/* Who the functions belong to meanwhile. */
#define OWNER "pcitag vf"

/* ---- may it be changed? ------------------------------------------------------------------------------- */

/* In memory shared with the process that changes the number. */
struct outcome {
	bool is_known;
	unsigned now; /* how many there are afterwards */
};

/* State of one change. */
struct change {
	const struct paths *paths;
	const struct sysfs *sysfs;
	const struct physical_function *pf;
	unsigned number; /* of virtual functions that it is to have */
	struct lease_store store;
	struct host_state host;
	struct lease lease; /* keeps others from all of them */
	struct outcome *outcome;
};

/* The physical function and its virtual ones, each with its group. */
static int scan_functions(const struct sysfs *sysfs, const struct lease_list *leases, const void *context,
			  struct topology *out, struct error *err)
{
	const struct physical_function *pf = context;
	int rc;

	*out = (struct topology){ 0 };
	rc = pci_scan_add(sysfs, leases, &pf->addr, out, err);
	for (size_t i = 0; i < pf->sriov.count && rc == 0; i++)
		rc = pci_scan_add(sysfs, leases, &pf->sriov.vfs[i], out, err);
	topology_sort(out);
	if (rc < 0)
		topology_clear(out);
	return rc;
}

/* The host uses a physical function while it has virtual ones: that is what they are for. */
static bool is_against(const struct verdict *verdict, bool is_physical)
{
	if (verdict->availability == AVAILABLE)
		return false;
	return !is_physical || verdict_rows[verdict->availability].holds ||
	       verdict->availability == UNAVAILABLE_UNCLEAR;
}

/* @addr: the physical function, or one of its virtual ones */
static int check_use(const struct change *c, const struct pci_addr *addr, struct error *err)
{
	const struct pci_device *device = topology_find(&c->host.topology, addr);
	struct allocation_input input = plan_input(&c->host, NULL);
	char text[PCI_ADDR_LEN], why[VERDICT_LEN], advice[VERDICT_LEN];
	struct verdict verdict;

	pci_addr_format(addr, text);
	if (!device)
		return error_set(err, 0, "%s has vanished meanwhile; try again", text);
	allocator_judge_use(&input, device, &verdict);
	if (!is_against(&verdict, pci_addr_equal(addr, &c->pf->addr)))
		return 0;
	return error_refuse(err, FLOW_REFUSED, "%s: %s; %s", text, verdict_format(&verdict, why),
			    verdict_advice(&verdict, advice));
}

static int check_uses(const struct change *c, struct error *err)
{
	int rc = check_use(c, &c->pf->addr, err);

	for (size_t i = 0; i < c->pf->sriov.count && rc == 0; i++)
		rc = check_use(c, &c->pf->sriov.vfs[i], err);
	return rc;
}

/* As a native host device: nothing of it is to be returned, whoever finds the lease; what holds for a
 * physical function holds for its virtual ones. */
static int make_lease(struct change *c, struct error *err)
{
	const struct pci_device *device = topology_find(&c->host.topology, &c->pf->addr);
	struct lease *lease = &c->lease;
	const struct lease_hostdev hostdev = { device->addr, device->group };

	lease->state = LEASE_RELEASING;
	strcpy(lease->domain, OWNER);
	lease->since = (int64_t)time(NULL);
	lease->since_boottime_ms = clock_boottime_ms();
	if (process_boot_id(lease->boot_id, err) < 0 || process_random_uuid(lease->uuid, err) < 0 ||
	    lease_add_hostdev(lease, &hostdev, err) < 0)
		return -1;
	/* No other process knows it yet. */
	if (lease_store_lock_domain(&c->store, lease->uuid, 0, err) != 0)
		return -1;
	return lease_store_save(&c->store, lease, err);
}

/* From here on no start finds one of the functions without the lease. */
static int reserve(struct change *c, struct error *err)
{
	int rc = lease_store_lock(&c->store, FLOW_LOCK_TIMEOUT_MS, err);

	if (rc != 0)
		return -1;
	rc = host_state_take_leases(&c->host, &c->store, err);
	if (rc == 0)
		rc = check_uses(c, err);
	if (rc == 0)
		rc = make_lease(c, err);
	lease_store_unlock(&c->store);
	return rc;
}

/* ---- the change itself, in a process of its own ---------------------------------------------------------
 */

/* Whoever looks finds that a process may hang with any of them. */
static int take_locks(const struct change *c, struct error *err)
{
	int rc = device_lock_take(c->store.lock, &c->pf->addr, err);

	for (size_t i = 0; i < c->pf->sriov.count && rc == 0; i++)
		rc = device_lock_take(c->store.lock, &c->pf->sriov.vfs[i], err);
	return rc;
}

static bool has_same(const struct sriov *now, const struct sriov *before)
{
	if (now->count != before->count)
		return false;
	for (size_t i = 0; i < now->count; i++) {
		if (!pci_addr_equal(&now->vfs[i], &before->vfs[i]))
			return false;
	}
	return true;
}

/* Another program may have been faster, or another card may be at the address. */
static int check_unchanged(const struct change *c, struct error *err)
{
	CLEANUP(sriov_clear) struct sriov now = { 0 };
	struct pci_device device;
	int rc = sriov_read(c->sysfs, &c->pf->addr, &now, err);

	if (rc == 0)
		rc = pci_device_read_place(c->sysfs, &c->pf->addr, &device, err);
	if (rc < 0)
		return -1;
	if (rc == 0 && pci_identity_equal(&device.id, &c->pf->id) && has_same(&now, &c->pf->sriov))
		return 0;
	(void)error_set(err, 0, "its virtual functions have changed since they were looked at; try again");
	err->code = ESTALE;
	return -1;
}

/* The kernel would wait for whoever has one open, and for ever. */
static int check_closed(const struct change *c, struct error *err)
{
	char addr[PCI_ADDR_LEN];
	int group;

	for (size_t i = 0; i < c->pf->sriov.count; i++) {
		int rc = pci_device_read_group(c->sysfs, &c->pf->sriov.vfs[i], &group, err);

		if (rc < 0)
			return -1;
		if (rc == 0 && group != PCI_NO_GROUP && !vfio_group_is_free(group))
			return error_set(err, EBUSY, "another process has /dev/vfio/%d open, the group of %s",
					 group, pci_addr_format(&c->pf->sriov.vfs[i], addr));
	}
	return 0;
}

static int write_number(const struct change *c, struct error *err)
{
	unsigned now;
	int rc = sriov_write_number(c->sysfs, &c->pf->addr, c->number, err);

	if (rc < 0)
		return -1;
	rc = sriov_read_number(c->sysfs, &c->pf->addr, &now, err);
	if (rc != 0)
		return rc < 0 ? -1 : error_set(err, ENODEV, "it is gone");
	if (now != c->number)
		return error_set(err, 0, "its driver makes only %u of %u", now, c->number);
	return 0;
}

/* Some of those that were wanted are none that the registry means. */
static int change_number(const void *arg, struct error *err)
{
	const struct change *c = arg;
	struct outcome *outcome = c->outcome;
	int rc;

	if (take_locks(c, err) < 0 || check_unchanged(c, err) < 0 || check_closed(c, err) < 0)
		return -1;
	rc = write_number(c, err);
	if (rc < 0 && c->number && sriov_read_number(c->sysfs, &c->pf->addr, &outcome->now, NULL) == 0 &&
	    outcome->now)
		(void)sriov_write_number(c->sysfs, &c->pf->addr, 0, NULL);
	outcome->is_known = sriov_read_number(c->sysfs, &c->pf->addr, &outcome->now, NULL) == 0;
	return rc;
}

/* ---- what it means ------------------------------------------------------------------------------------ */

/* What an administrator can do about the kernel's answer (drivers/pci/iov.c). */
static const char *advice_for(const struct change *c, int code)
{
	switch (code) {
	case ENOMEM:
	case ENOSPC:
		return "the firmware has left its slot too little address space or too few bus numbers: "
		       "switch "
		       "SR-IOV and Above 4G Decoding on there, or boot with pci=realloc; dmesg names what is "
		       "missing";
	case ENOENT:
	case ENOTTY:
	case EOPNOTSUPP:
		return c->pf->driver[0] ? "its driver makes none: give it to the one of its vendor"
					: "no driver has it, and only its driver makes them: load that";
	case EBUSY:
		return "its driver or another program is busy with them; try again, dmesg may say more";
	case EPERM:
		return "its driver refuses that; a guest may have one of them without pcitag, dmesg may say "
		       "more";
	case ESTALE:
		return NULL;
	default:
		return "dmesg may say more";
	}
}

/* "; it has 4 now", and what to do. */
static int explain(const struct change *c, const struct error *cause, struct error *err)
{
	const char *advice = advice_for(c, cause->code);
	char now[64] = "how many it has now is not known";

	if (c->outcome->is_known)
		snprintf(now, sizeof(now), "it has %u virtual functions now", c->outcome->now);
	return error_set(err, 0, "%s%s%s; %s", cause->msg, advice ? "; " : "", advice ? advice : "", now);
}

static int run(const struct change *c, struct error *err)
{
	struct deadline deadline = deadline_in(c->host.settings.bind_timeout * 1000);
	struct error cause = { 0 };
	struct worker worker;
	int rc;

	if (worker_start(&worker, change_number, c, err) < 0)
		return -1;
	rc = worker_wait(&worker, deadline, &cause);
	if (rc == 0)
		return 0;
	if (rc != WORKER_STUCK)
		return explain(c, &cause, err);
	worker_abandon(&worker);
	return error_set(err, 0,
			 "process %d still waits in the kernel, which may change the number of its virtual "
			 "functions later; dmesg may say more, else reboot the host",
			 (int)worker.pid);
}

/* Returns 0, FLOW_REFUSED or -1. */
static int reserve_and_run(struct change *c, struct error *err)
{
	struct progress_skips skips = { 0 };
	const struct host_query query = { .paths = c->paths,
					  .sysfs = c->sysfs,
					  .reach = REACH_WHOLE,
					  .is_patient = true,
					  .skips = &skips,
					  .scan = scan_functions,
					  .context = c->pf };
	struct error why;
	int rc = host_state_look(&query, &c->store, &c->host, err);

	if (rc == 0)
		rc = reserve(c, err);
	if (rc == 0)
		rc = run(c, err);
	if (c->lease.hostdev_count && lease_store_remove(&c->store, c->lease.uuid, &why) < 0 && rc == 0)
		rc = error_pass(err, &why);
	return rc;
}

int vf_change(const struct paths *paths, const struct sysfs *sysfs, struct physical_function *pf,
	      unsigned number, struct error *err)
{
	struct change c = {
		.paths = paths, .sysfs = sysfs, .pf = pf, .number = number, .store = LEASE_STORE_CLOSED
	};
	int rc = -1;

	c.outcome = mmap(NULL, sizeof(*c.outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c.outcome == MAP_FAILED)
		return error_set(err, errno, "cannot change its virtual functions");
	if (lease_store_open(paths->run, true, &c.store, err) == 0)
		rc = reserve_and_run(&c, err);
	pf->is_changed = rc == 0;
	(void)munmap(c.outcome, sizeof(*c.outcome));
	lease_clear(&c.lease);
	host_state_clear(&c.host);
	lease_store_close(&c.store);
	return rc;
}
