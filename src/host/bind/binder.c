/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bind/binder.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fileio.h"
#include "host/bind/device_lock.h"
#include "host/bind/driver.h"
#include "host/bind/setting.h"
#include "host/pci/vfio_group.h"
#include "host/process/worker.h"
#include "host/pci/device.h"
#include "host/pci/state.h"
#include "host/pci/sysfs.h"

/* What a worker finds out. */
struct answer {
	int64_t kernel_us;
	struct pci_errors errors;
};

/* Arguments of one worker. */
struct order {
	const struct binder *binder;
	const struct lease_member *member;
	struct answer *answer; /* in memory shared with the worker; NULL when it is not needed */
	bool is_last_try;      /* binder_restore(): see struct binder_job */
};

/* Result of a worker: another process has rebound the function. */
#define TAKEN_BACK 3
_Static_assert(DRIVER_REFUSED > WORKER_STUCK, "two words of a worker must not be one");

/* Retries keep a single fault from costing the host its device. */
#define RESTORE_TRIES 3

static const char *or_none(const char *driver)
{
	return driver[0] ? driver : "none";
}

#define GROUP_CHANGED "since it was chosen its group has become %d, it was %d"

/* Fails when the function differs from what was chosen. */
static int find_change(const struct lease_member *member, const struct pci_device *now, struct error *err)
{
	if (!pci_identity_equal(&now->id, &member->id))
		return error_set(err, 0, "since it was chosen another device has come to its place");
	if (now->group != member->group)
		return error_set(err, 0, GROUP_CHANGED, now->group, member->group);
	if (strcmp(now->driver, member->previous_driver) != 0)
		return error_set(err, 0, "since it was chosen its driver has become %s, it was %s",
				 or_none(now->driver), or_none(member->previous_driver));
	return 0;
}

/* Fails with err->code ESTALE when the function has changed: choosing again may help. */
static int check_unchanged(const struct sysfs *sysfs, const struct lease_member *member,
			   const struct pci_device *now, struct error *err)
{
	char override[PCI_DRIVER_LEN];

	if (pci_device_read_override(sysfs, &member->addr, override, err) < 0)
		return -1;
	if (find_change(member, now, err) == 0 && strcmp(override, member->previous_override) == 0)
		return 0;
	if (strcmp(override, member->previous_override) != 0)
		(void)error_set(err, 0, "since it was chosen its driver override has changed");
	if (err)
		err->code = ESTALE;
	return -1;
}

/* Other workers briefly open the group for the same check. */
#define PROVE_MS 500

/* An unbind may never return while a process has the group open, and any that cannot be probed may be. */
static int check_not_open(int group, struct error *err)
{
	int rc = group == PCI_NO_GROUP ? 0 : vfio_group_probe_again(group, PROVE_MS, err);

	if (rc == VFIO_GROUP_BUSY)
		return error_set(err, EBUSY, "another process has /dev/vfio/%d open", group);
	return rc < 0 ? -1 : 0;
}

/*
 * Another function may have appeared at the address between the check and the first write, and been moved
 * instead. It gets the driver that the kernel chooses. No lease has its group, so no other code would detect
 * that the host has lost it.
 * Returns 0 when the function is still the one of the lease or is gone, or -1; *err has code ESTALE when it
 * is another one.
 */
static int leave_another(const struct binder *binder, const struct lease_member *member, struct error *err)
{
	char bound[PCI_DRIVER_LEN], override[SYSFS_PATH_LEN];
	int group, rc = pci_device_read_group(binder->sysfs, &member->addr, &group, err);

	if (rc != 0 || group == member->group)
		return rc < 0 ? -1 : 0;
	if (pci_device_read_driver(binder->sysfs, &member->addr, bound, err) != 0 ||
	    pci_device_read_override_text(binder->sysfs, &member->addr, override, sizeof(override), err) != 0)
		return -1;
	if ((strcmp(bound, member->driver) == 0 || strcmp(override, member->driver) == 0) &&
	    (check_not_open(group, err) < 0 ||
	     driver_bind_any(binder->sysfs, binder->lock, &member->addr, err) < 0))
		return -1;
	(void)error_set(err, 0, GROUP_CHANGED, group, member->group);
	err->code = ESTALE;
	return -1;
}

/* A function that is not the member's is reported in preference to a failed move. */
static int move_proved(const struct order *order, struct error *err)
{
	const struct lease_member *member = order->member;
	struct error another = { 0 };
	int64_t begin = clock_us();
	int rc = driver_bind(order->binder->sysfs, order->binder->lock, &member->addr, member->driver, err);

	if (order->answer)
		order->answer->kernel_us = clock_us() - begin;
	if (leave_another(order->binder, member, &another) < 0 && (rc == 0 || another.code == ESTALE))
		return error_pass(err, &another);
	return rc == 0 ? 0 : -1;
}

static int write_resets(const struct sysfs *sysfs, const struct pci_addr *addr, pci_resets resets,
			struct error *err)
{
	char path[SYSFS_PATH_LEN], text[PCI_RESETS_LEN];

	pci_resets_format(resets, text);
	/* The kernel drops an empty write; a newline switches every reset off, as it was before. */
	if (sysfs_write(sysfs, sysfs_device_path(addr, "reset_method", path), text[0] ? text : "\n", err) ==
	    0)
		return 0;
	return error_prefix(err, "reset = %s", text);
}

/* Those of before the lease do not count against the device; without an answer, none will. */
static void note_errors(const struct order *order)
{
	if (order->answer && pci_state_read_errors(order->binder->sysfs, &order->member->addr,
						   &order->answer->errors, NULL) < 0)
		order->answer->errors = PCI_ERRORS_ALL;
}

static int bind_one(const void *arg, struct error *err)
{
	const struct order *order = arg;
	const struct sysfs *sysfs = order->binder->sysfs;
	const struct lease_member *member = order->member;
	struct pci_device now;
	int rc;

	if (device_lock_take(order->binder->lock, &member->addr, err) < 0)
		return -1;
	rc = pci_device_read_place(sysfs, &member->addr, &now, err);
	if (rc == SYSFS_ABSENT)
		return error_set(err, ENODEV, "it is gone");
	if (rc < 0 || check_unchanged(sysfs, member, &now, err) < 0 ||
	    (member->resets && write_resets(sysfs, &member->addr, member->resets, err) < 0))
		return -1;
	note_errors(order);
	if (strcmp(now.driver, member->driver) == 0 && !member->setting.attribute)
		return 0;
	if (check_not_open(now.group, err) < 0)
		return -1;
	if (member->setting.attribute)
		return setting_apply(sysfs, member, err);
	return move_proved(order, err);
}

/* Returns 0, SYSFS_ABSENT when the member's function is no longer at the address, or -1. */
static int find_own(const struct sysfs *sysfs, const struct lease_member *member, char *bound,
		    struct error *err)
{
	struct pci_device now;
	int rc = pci_device_read_place(sysfs, &member->addr, &now, err);

	if (rc != 0)
		return rc;
	if (!pci_identity_equal(&now.id, &member->id) || now.group != member->group)
		return SYSFS_ABSENT;
	strcpy(bound, now.driver);
	return 0;
}

/* Returns whether @override is @ours or a prefix of it, as left by a truncated write. */
static bool is_part(const char *override, const char *ours)
{
	return override[0] ? strncmp(ours, override, strlen(override)) == 0 : ours[0] == '\0';
}

/*
 * Returns whether another process has taken the function over. Its driver is then neither the lease's nor the
 * previous one; or it has left the lease's driver, and pcitag has not written its override.
 */
static bool is_taken_back(const struct lease_member *member, const char *bound, const char *override)
{
	if (strcmp(bound, member->driver) == 0 && strcmp(bound, member->previous_driver) != 0)
		return false;
	if (bound[0] && strcmp(bound, member->previous_driver) != 0)
		return true;
	/* Without a previous driver, no override has named one: an unset one is not a trace of pcitag. */
	if (member->previous_driver[0] && is_part(override, member->previous_driver))
		return false;
	return !is_part(override, member->driver) && !is_part(override, member->previous_override);
}

/*
 * The override names the previous driver for the probe, because the bus might choose another one. The
 * previous override is restored only after that.
 */
static int restore(const struct binder *binder, const struct lease_member *member, struct error *err)
{
	const struct sysfs *sysfs = binder->sysfs;
	char bound[PCI_DRIVER_LEN] = "", override[SYSFS_PATH_LEN];
	int rc = find_own(sysfs, member, bound, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	/* If not on vfio-pci, it has been on a vendor's own VFIO driver all along. */
	if (member->previous_unknown)
		return pci_driver_is_vfio_pci(bound)
			       ? driver_bind_any(binder->sysfs, binder->lock, &member->addr, err)
			       : 0;
	/* It was on the lease's driver before the lease: pcitag has not changed it. */
	if (strcmp(member->driver, member->previous_driver) == 0)
		return strcmp(bound, member->previous_driver) == 0 ? 0 : TAKEN_BACK;
	rc = pci_device_read_override_text(sysfs, &member->addr, override, sizeof(override), err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (is_taken_back(member, bound, override))
		return TAKEN_BACK;
	if (strcmp(bound, member->previous_driver) != 0) {
		rc = member->previous_driver[0] ? driver_bind(binder->sysfs, binder->lock, &member->addr,
							      member->previous_driver, err)
						: driver_unbind(sysfs, &member->addr, err);
	}
	/* Also after a failed probe: a leftover override would keep every other driver away. */
	if (driver_override_write(sysfs, &member->addr, member->previous_override, rc == 0 ? err : NULL) < 0)
		return -1;
	if (rc == 0 && binder->drivers && !member->previous_driver[0] && !member->previous_override[0])
		driver_offer_to_new(binder->sysfs, binder->drivers, &member->addr);
	return rc;
}

/* What is set is an attribute of the driver that has stayed. Another function at the address is left alone.
 */
static int restore_setting(const struct binder *binder, const struct lease_member *member, struct error *err)
{
	char bound[PCI_DRIVER_LEN];
	int rc = member->setting.attribute ? find_own(binder->sysfs, member, bound, err) : SYSFS_ABSENT;

	if (rc == 0)
		rc = setting_undo(binder->sysfs, member, err);
	return rc < 0 ? -1 : 0;
}

/* After the driver: what becomes of the device is more important. Another function at the address is left
 * alone. */
static int restore_resets(const struct binder *binder, const struct lease_member *member, struct error *err)
{
	char bound[PCI_DRIVER_LEN];
	int rc = member->resets ? find_own(binder->sysfs, member, bound, err) : SYSFS_ABSENT;

	if (rc == 0)
		rc = write_resets(binder->sysfs, &member->addr, member->previous_resets, err);
	return rc < 0 ? -1 : 0;
}

/* Busy, a deferred probe (drivers/base/bus.c, bind_store: -EAGAIN for -EPROBE_DEFER), no memory. */
static bool is_over_soon(int code)
{
	return code == EBUSY || code == EAGAIN || code == ENOMEM || code == EINTR;
}

/*
 * A driver that refuses its function after the guest (a device without a working reset, for example) will
 * refuse it a minute later as well. The function then has no driver and its previous override. No domain has
 * it; the host has lost its driver, not the device.
 */
static int restore_one(const void *arg, struct error *err)
{
	const struct order *order = arg;
	struct error first = { 0 }, last;
	int rc = -1;

	if (device_lock_take(order->binder->lock, &order->member->addr, err) < 0)
		return -1;
	for (int i = 0; i < RESTORE_TRIES; i++) {
		last = (struct error){ 0 };
		rc = restore(order->binder, order->member, &last);
		if ((rc == 0 || rc == TAKEN_BACK) &&
		    (restore_setting(order->binder, order->member, &last) < 0 ||
		     restore_resets(order->binder, order->member, &last) < 0))
			rc = -1;
		if (rc == 0 || rc == TAKEN_BACK)
			return rc;
		if (i == 0)
			first = last;
	}
	if (err)
		*err = rc == DRIVER_REFUSED ? last : first;
	return rc == DRIVER_REFUSED && (order->is_last_try || !is_over_soon(last.code)) ? rc : -1;
}

static int await(const struct binder *binder, struct worker *worker, struct binder_job *job, const char *verb,
		 struct deadline deadline, struct error *err)
{
	char addr[PCI_ADDR_LEN];
	struct error why = { 0 };
	int rc = worker_wait(worker, deadline, &why);

	job->is_refused = rc == DRIVER_REFUSED;
	job->is_taken_back = rc == TAKEN_BACK;
	job->is_done = rc == 0 || job->is_refused || job->is_taken_back;
	if (job->is_refused)
		snprintf(job->why, sizeof(job->why), "%.*s", (int)sizeof(job->why) - 1, why.msg);
	if (job->is_done)
		return 0;
	pci_addr_format(&job->member->addr, addr);
	if (rc < 0) {
		job->is_full = why.code == SETTING_FULL;
		if (job->is_full)
			why.code = ESTALE;
		(void)error_pass(err, &why);
		/* A stable kernel may have a newer deny list than its version implies. */
		if (why.code == EINVAL && strcmp(job->member->driver, "vfio-pci") == 0 &&
		    pci_identity_is_denied(&job->member->id, UINT_MAX, 0))
			(void)error_set(err, 0, "%s (its deny list has such devices)", why.msg);
		return error_prefix(err, "cannot %s %s", verb, addr);
	}
	return error_set(err, 0, "cannot %s %s: %s; process %d still waits in the kernel", verb, addr,
			 device_lock_is_binding(binder->lock, &job->member->addr)
				 ? "no driver has taken it in time"
				 : "its driver does not let go of it",
			 (int)worker->pid);
}

/* Runs one worker per member, all in parallel: the slowest driver determines the total time. */
static int run(const struct binder *binder, struct binder_job *jobs, size_t count, worker_fn *work,
	       const char *verb, struct deadline deadline, struct error *err)
{
	CLEANUP_FREE struct worker *workers = calloc(count + 1, sizeof(*workers));
	CLEANUP_FREE struct order *orders = calloc(count + 1, sizeof(*orders));
	size_t started = 0, size = (count + 1) * sizeof(struct answer);
	struct answer *answers;
	int rc = 0;

	if (!workers || !orders)
		return error_set(err, ENOMEM, "cannot %s %zu functions", verb, count);
	answers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Without this memory the functions are moved untimed. */
	if (answers == MAP_FAILED)
		answers = NULL;
	for (; started < count && rc == 0; started++) {
		orders[started] =
			(struct order){ binder, jobs[started].member, answers ? &answers[started] : NULL,
					jobs[started].is_last_try };
		rc = worker_start(&workers[started], work, &orders[started], err);
		if (rc < 0)
			break;
	}
	for (size_t i = 0; i < started; i++) {
		/* Only the first failure is reported. */
		if (await(binder, &workers[i], &jobs[i], verb, deadline, rc == 0 ? err : NULL) < 0)
			rc = -1;
		jobs[i].kernel_us = answers ? answers[i].kernel_us : 0;
		jobs[i].errors = answers ? answers[i].errors : PCI_ERRORS_ALL;
	}
	if (answers)
		(void)munmap(answers, size);
	return rc;
}

int binder_bind(const struct binder *binder, struct binder_job *jobs, size_t count, struct deadline deadline,
		struct error *err)
{
	return run(binder, jobs, count, bind_one, "bind", deadline, err);
}

int binder_restore(const struct binder *binder, struct binder_job *jobs, size_t count,
		   struct deadline deadline, struct error *err)
{
	return run(binder, jobs, count, restore_one, "return", deadline, err);
}
