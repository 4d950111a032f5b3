/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bind/binder.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fileio.h"
#include "host/bind/device_lock.h"
#include "host/bind/vfio_group.h"
#include "host/bind/worker.h"
#include "host/pci/scan.h"
#include "host/pci/sysfs.h"

/* Arguments of one worker. */
struct order {
	const struct binder *binder;
	const struct lease_member *member;
	int64_t *kernel_us; /* in memory shared with the worker; NULL when the time is not needed */
	bool is_last_try;   /* binder_give_back(): see struct binder_job */
};

/* Result of a worker: the driver refused the function, which is otherwise in its final state. */
#define DRIVER_REFUSED 2
/* Result of a worker: another process has rebound the function. */
#define TAKEN_BACK 3
_Static_assert(DRIVER_REFUSED > WORKER_STUCK, "two words of a worker must not be one");

/* Retries keep a single fault from costing the host its device. */
#define GIVE_BACK_TRIES 3

bool binder_has_driver(const struct sysfs *sysfs, const char *driver)
{
	char path[SYSFS_PATH_LEN];

	snprintf(path, sizeof(path), SYSFS_PCI_DRIVERS "/%s", driver);
	return sysfs_find(sysfs, path, NULL) == 0;
}

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *c = list; *c; c += strspn(c, "/")) {
		size_t word = strcspn(c, "/");

		if (word == len && strncmp(c, name, len) == 0)
			return true;
		c += word;
	}
	return false;
}

/* @list: at least LEASE_DRIVERS_LEN bytes; empty when the names do not all fit */
static int list_names(DIR *dir, char *list, struct error *err)
{
	const struct dirent *entry;
	size_t len = 0;
	int rc;

	while ((rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (entry->d_name[0] == '.')
			continue;
		len += (size_t)snprintf(list + len, LEASE_DRIVERS_LEN - len, "%s%s", len ? "/" : "",
					entry->d_name);
		if (len >= LEASE_DRIVERS_LEN) {
			list[0] = '\0';
			break;
		}
	}
	return rc;
}

int binder_list_drivers(const struct sysfs *sysfs, char **out, struct error *err)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, SYSFS_PCI_DRIVERS, err);
	int rc;

	*out = NULL;
	if (!dir)
		return -1;
	*out = calloc(1, LEASE_DRIVERS_LEN);
	rc = *out ? list_names(dir, *out, err)
		  : error_set(err, ENOMEM, "cannot list the drivers of the kernel");
	if (rc < 0 || (*out && (*out)[0] == '\0')) {
		free(*out);
		*out = NULL;
	}
	return rc;
}

/* A newline clears an override: the kernel drops an empty write (fs/sysfs/file.c, sysfs_kf_write). */
static int write_override(const struct sysfs *sysfs, const struct pci_addr *addr, const char *driver,
			  struct error *err)
{
	char path[SYSFS_PATH_LEN];

	return sysfs_write(sysfs, sysfs_device_path(addr, "driver_override", path), driver[0] ? driver : "\n",
			   err);
}

/* Unbinds the function. Succeeds also when it has no driver, or loses it at the same time. */
static int unbind(const struct sysfs *sysfs, const struct pci_addr *addr, struct error *err)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN], driver[PCI_DRIVER_LEN];
	struct error cause;
	int rc = pci_scan_driver_of(sysfs, addr, driver, err);

	if (rc != 0)
		return rc < 0 ? -1 : error_set(err, ENODEV, "cannot unbind it");
	if (driver[0] == '\0')
		return 0;
	pci_addr_format(addr, text);
	if (sysfs_write(sysfs, sysfs_device_path(addr, "driver/unbind", path), text, &cause) == 0)
		return 0;
	rc = pci_scan_driver_of(sysfs, addr, driver, err);
	if (rc == 0 && driver[0] == '\0')
		return 0;
	if (err)
		*err = cause;
	return -1;
}

/*
 * Determines why a probe did not bind the function. Only `bind` returns the driver's own errno
 * (drivers/base/bus.c, bind_store). This second attempt to bind may succeed.
 * Returns 0, DRIVER_REFUSED with the driver's code in *err (0 when the driver does not exist), or -1.
 */
static int explain_probe(const struct sysfs *sysfs, const struct pci_addr *addr, const char *driver,
			 struct error *err)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN];
	struct error cause = { 0 };

	snprintf(path, sizeof(path), SYSFS_PCI_DRIVERS "/%s/bind", driver);
	if (!binder_has_driver(sysfs, driver))
		(void)error_set(err, 0, "driver %s is not loaded", driver);
	else if (sysfs_write(sysfs, path, pci_addr_format(addr, text), &cause) == 0)
		return 0;
	else
		(void)error_set(err, cause.code, "driver %s refused it", driver);
	return DRIVER_REFUSED;
}

/*
 * Binds a function without a driver to @driver, by way of the override, and reads the link back. Returns the
 * values of explain_probe().
 */
static int probe(const struct sysfs *sysfs, const struct pci_addr *addr, const char *driver,
		 struct error *err)
{
	char text[PCI_ADDR_LEN], bound[PCI_DRIVER_LEN] = "";
	int rc;

	if (sysfs_write(sysfs, "bus/pci/drivers_probe", pci_addr_format(addr, text), err) < 0)
		return -1;
	if (pci_scan_driver_of(sysfs, addr, bound, err) < 0)
		return -1;
	if (strcmp(bound, driver) == 0)
		return 0;
	rc = explain_probe(sysfs, addr, driver, err);
	if (rc != 0)
		return rc;
	if (pci_scan_driver_of(sysfs, addr, bound, err) < 0)
		return -1;
	if (strcmp(bound, driver) == 0)
		return 0;
	return error_set(err, 0, "driver %s did not bind it (now bound: %s)", driver,
			 bound[0] ? bound : "none");
}

/*
 * Writes the override first, so that udev finds no other driver to load between unbind and probe. Returns the
 * values of probe().
 */
static int move(const struct binder *binder, const struct pci_addr *addr, const char *driver,
		struct error *err)
{
	int rc;

	if (write_override(binder->sysfs, addr, driver, err) < 0 || unbind(binder->sysfs, addr, err) < 0)
		return -1;
	device_lock_set_binding(binder->lock, addr, true);
	rc = probe(binder->sysfs, addr, driver, err);
	device_lock_set_binding(binder->lock, addr, false);
	return rc;
}

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

	if (override_of(sysfs, &member->addr, override, err) < 0)
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

/*
 * An unbind may never return while a process has the group open. A group that cannot be probed may be open.
 */
static int check_not_open(int group, struct error *err)
{
	int rc = group == PCI_NO_GROUP ? 0 : vfio_group_probe_again(group, PROVE_MS, err);

	if (rc == VFIO_GROUP_BUSY)
		return error_set(err, EBUSY, "another process has /dev/vfio/%d open", group);
	return rc < 0 ? -1 : 0;
}

/* The kernel prints "(null)" for an override that is not set. */
static int read_override(const struct sysfs *sysfs, const struct pci_addr *addr, char *out, size_t size,
			 struct error *err)
{
	char path[SYSFS_PATH_LEN];
	int rc = sysfs_read(sysfs, sysfs_device_path(addr, "driver_override", path), out, size, err);

	if (rc == 0 && strcmp(out, "(null)") == 0)
		out[0] = '\0';
	return rc;
}

/*
 * Without an override the bus matches drivers as it does at boot (drivers/pci/pci-driver.c,
 * pci_match_device).
 */
static int let_the_kernel_choose(const struct binder *binder, const struct pci_addr *addr, struct error *err)
{
	const struct sysfs *sysfs = binder->sysfs;
	char text[PCI_ADDR_LEN];

	if (write_override(sysfs, addr, "", err) < 0 || unbind(sysfs, addr, err) < 0)
		return -1;
	device_lock_set_binding(binder->lock, addr, true); /* the worker's last step: not reset */
	return sysfs_write(sysfs, "bus/pci/drivers_probe", pci_addr_format(addr, text), err);
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
	int group, rc = pci_scan_group_of(binder->sysfs, &member->addr, &group, err);

	if (rc != 0 || group == member->group)
		return rc < 0 ? -1 : 0;
	if (pci_scan_driver_of(binder->sysfs, &member->addr, bound, err) != 0 ||
	    read_override(binder->sysfs, &member->addr, override, sizeof(override), err) != 0)
		return -1;
	if ((strcmp(bound, member->driver) == 0 || strcmp(override, member->driver) == 0) &&
	    (check_not_open(group, err) < 0 || let_the_kernel_choose(binder, &member->addr, err) < 0))
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
	int rc = move(order->binder, &member->addr, member->driver, err);

	if (order->kernel_us)
		*order->kernel_us = clock_us() - begin;
	if (leave_another(order->binder, member, &another) < 0 && (rc == 0 || another.code == ESTALE)) {
		if (err)
			*err = another;
		return -1;
	}
	return rc == 0 ? 0 : -1;
}

static int take_one(const void *arg, struct error *err)
{
	const struct order *order = arg;
	const struct sysfs *sysfs = order->binder->sysfs;
	const struct lease_member *member = order->member;
	struct pci_device now;
	int rc;

	if (device_lock_take(order->binder->lock, &member->addr, err) < 0)
		return -1;
	rc = pci_scan_known(sysfs, &member->addr, &now, err);
	if (rc == PCI_SCAN_ABSENT)
		return error_set(err, ENODEV, "it is gone");
	if (rc < 0 || check_unchanged(sysfs, member, &now, err) < 0)
		return -1;
	if (strcmp(now.driver, member->driver) == 0)
		return 0;
	if (check_not_open(now.group, err) < 0)
		return -1;
	return move_proved(order, err);
}

/* Returns 0, PCI_SCAN_ABSENT when the member's function is no longer at the address, or -1. */
static int find_own(const struct sysfs *sysfs, const struct lease_member *member, char *bound,
		    struct error *err)
{
	struct pci_device now;
	int rc = pci_scan_known(sysfs, &member->addr, &now, err);

	if (rc != 0)
		return rc;
	if (!pci_identity_equal(&now.id, &member->id) || now.group != member->group)
		return PCI_SCAN_ABSENT;
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
	/*
	 * Without a previous driver, no override has named one, and an unset override is not a trace of
	 * pcitag.
	 */
	if (member->previous_driver[0] && is_part(override, member->previous_driver))
		return false;
	return !is_part(override, member->driver) && !is_part(override, member->previous_override);
}

/*
 * Offers a function that had no driver to the drivers loaded since, as the kernel would have done when their
 * modules were loaded. Each is asked through its `bind`, which refuses ids that its table does not have
 * (drivers/base/bus.c, bind_store). Drivers that existed before are not asked: a function that an
 * administrator has unbound from one of them stays without a driver.
 */
static void offer_to_new_drivers(const struct binder *binder, const struct pci_addr *addr)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN];
	const struct dirent *entry;
	CLEANUP_DIR DIR *dir = sysfs_opendir(binder->sysfs, SYSFS_PCI_DRIVERS, NULL);

	if (!dir)
		return;
	pci_addr_format(addr, text);
	while (directory_next(dir, &entry, NULL) == 0 && entry) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= PCI_DRIVER_LEN ||
		    pci_driver_is_vfio_pci(entry->d_name) || is_listed(binder->drivers, entry->d_name))
			continue;
		snprintf(path, sizeof(path), SYSFS_PCI_DRIVERS "/%.*s/bind", PCI_DRIVER_LEN, entry->d_name);
		if (sysfs_write(binder->sysfs, path, text, NULL) == 0)
			break;
	}
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
		return pci_driver_is_vfio_pci(bound) ? let_the_kernel_choose(binder, &member->addr, err) : 0;
	/* It was on the lease's driver before the lease: pcitag has not changed it. */
	if (strcmp(member->driver, member->previous_driver) == 0)
		return strcmp(bound, member->previous_driver) == 0 ? 0 : TAKEN_BACK;
	rc = read_override(sysfs, &member->addr, override, sizeof(override), err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (is_taken_back(member, bound, override))
		return TAKEN_BACK;
	if (strcmp(bound, member->previous_driver) != 0) {
		rc = member->previous_driver[0] ? move(binder, &member->addr, member->previous_driver, err)
						: unbind(sysfs, &member->addr, err);
	}
	/* Also after a failed probe: a leftover override would keep every other driver away. */
	if (write_override(sysfs, &member->addr, member->previous_override, rc == 0 ? err : NULL) < 0)
		return -1;
	if (rc == 0 && binder->drivers && !member->previous_driver[0] && !member->previous_override[0])
		offer_to_new_drivers(binder, &member->addr);
	return rc;
}

/*
 * Temporary errors: a busy resource, a deferred probe (drivers/base/bus.c, bind_store: -EAGAIN for
 * -EPROBE_DEFER), no memory.
 */
static bool is_over_soon(int code)
{
	return code == EBUSY || code == EAGAIN || code == ENOMEM || code == EINTR;
}

/*
 * A driver that refuses its function after the guest (a device without a working reset, for example) will
 * refuse it a minute later as well. The function then has no driver and its previous override. No domain has
 * it; the host has lost its driver, not the device.
 */
static int give_back_one(const void *arg, struct error *err)
{
	const struct order *order = arg;
	struct error first = { 0 }, last;
	int rc = -1;

	if (device_lock_take(order->binder->lock, &order->member->addr, err) < 0)
		return -1;
	for (int i = 0; i < GIVE_BACK_TRIES; i++) {
		last = (struct error){ 0 };
		rc = restore(order->binder, order->member, &last);
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
		if (err)
			*err = why;
		/* A stable kernel may have a newer deny list than its version implies. */
		if (why.code == EINVAL && strcmp(job->member->driver, "vfio-pci") == 0 &&
		    pci_identity_is_denied(&job->member->id, UINT_MAX, 0))
			(void)error_set(err, 0, "%s (its deny list has such devices)", why.msg);
		return error_prefix(err, "cannot %s %s", verb, addr);
	}
	if (device_lock_is_binding(binder->lock, &job->member->addr))
		return error_set(
			err, 0,
			"cannot %s %s: no driver has taken it in time; process %d still waits in the "
			"kernel",
			verb, addr, (int)worker->pid);
	return error_set(err, 0,
			 "cannot %s %s: its driver does not let go of it; process %d still waits in the "
			 "kernel",
			 verb, addr, (int)worker->pid);
}

/* Runs one worker per member, all in parallel: the slowest driver determines the total time. */
static int run_timed(const struct binder *binder, struct binder_job *jobs, size_t count, int64_t *kernel_us,
		     worker_fn *work, const char *verb, struct deadline deadline, struct error *err)
{
	CLEANUP_FREE struct worker *workers = calloc(count + 1, sizeof(*workers));
	CLEANUP_FREE struct order *orders = calloc(count + 1, sizeof(*orders));
	size_t started = 0;
	int rc = 0;

	if (!workers || !orders)
		return error_set(err, ENOMEM, "cannot %s %zu functions", verb, count);
	for (; started < count && rc == 0; started++) {
		orders[started] =
			(struct order){ binder, jobs[started].member, kernel_us ? &kernel_us[started] : NULL,
					jobs[started].is_last_try };
		rc = worker_start(&workers[started], work, &orders[started], err);
		if (rc < 0)
			break;
	}
	for (size_t i = 0; i < started; i++) {
		/* Only the first failure is reported. */
		if (await(binder, &workers[i], &jobs[i], verb, deadline, rc == 0 ? err : NULL) < 0)
			rc = -1;
		jobs[i].kernel_us = kernel_us ? kernel_us[i] : 0;
	}
	return rc;
}

static int run(const struct binder *binder, struct binder_job *jobs, size_t count, worker_fn *work,
	       const char *verb, struct deadline deadline, struct error *err)
{
	size_t size = (count + 1) * sizeof(int64_t);
	int64_t *kernel_us = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int rc;

	/* Without this memory the functions are moved untimed. */
	if (kernel_us == MAP_FAILED)
		return run_timed(binder, jobs, count, NULL, work, verb, deadline, err);
	rc = run_timed(binder, jobs, count, kernel_us, work, verb, deadline, err);
	(void)munmap(kernel_us, size);
	return rc;
}

int binder_take(const struct binder *binder, struct binder_job *jobs, size_t count, struct deadline deadline,
		struct error *err)
{
	return run(binder, jobs, count, take_one, "bind", deadline, err);
}

int binder_give_back(const struct binder *binder, struct binder_job *jobs, size_t count,
		     struct deadline deadline, struct error *err)
{
	return run(binder, jobs, count, give_back_one, "give back", deadline, err);
}
