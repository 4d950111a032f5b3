/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/test.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"
#include "flow/assign/host_state.h"
#include "flow/assign/plan.h"
#include "flow/assign/wellness.h"
#include "host/bind/device_lock.h"
#include "host/describe/around.h"
#include "host/pci/device.h"
#include "host/pci/state.h"
#include "host/pci/vfio_group.h"
#include "host/process/process.h"
#include "host/process/worker.h"
#include "host/store/findings.h"

#define WHY_LEN 140

/* In memory shared with the process that looks. */
struct look {
	struct pci_errors before;
	struct pci_state state;
	enum test_reset reset;
	char failure[WHY_LEN]; /* of the reset; "" for none */
};

/* State of one test. */
struct test {
	const struct paths *paths;
	struct lease_store store;
	struct sysfs sysfs;
	struct host_state host;
	struct lease lease; /* keeps others from the function */
	struct pci_device device;
	struct look *look;
};

const char *test_reset_name(enum test_reset reset)
{
	static const char *const names[] = {
		[TEST_RESET_DONE] = "done", [TEST_RESET_NONE] = "none", [TEST_RESET_DRIVER] = "driver"
	};

	return names[reset];
}

/* ---- may it be looked at? --------------------------------------------------------------------------- */

/* True for what is against its use by a guest, but is not its use by another. */
static bool is_idle(const struct verdict *verdict)
{
	static const bool idle[AVAILABILITY_COUNT] = {
		[AVAILABLE] = true,	   [AVAILABLE_DEGRADED] = true,	 [UNAVAILABLE_OUT] = true,
		[UNAVAILABLE_DEAD] = true, [UNAVAILABLE_UNCLEAR] = true, [UNAVAILABLE_DENIED] = true,
	};

	return idle[verdict->availability];
}

static int check(struct test *t, const struct pci_addr *addr, struct error *err)
{
	static const struct model any_model = { .enabled = true };
	const struct pci_device *device = topology_find(&t->host.topology, addr);
	struct allocation_input input = plan_input(&t->host, NULL);
	struct verdict verdict;
	char text[PCI_ADDR_LEN], why[VERDICT_LEN];

	if (!device)
		return error_refuse(err, FLOW_REFUSED,
				    "test: there is no PCI function %s; pcitag probe --all lists all",
				    pci_addr_format(addr, text));
	t->device = *device;
	allocator_judge(&input, &any_model, device, &verdict);
	if (is_idle(&verdict))
		return 0;
	return error_refuse(err, FLOW_REFUSED, "test: %s is not free to be tested: %s",
			    pci_addr_format(addr, text), verdict_format(&verdict, why));
}

/* As a native host device: nothing of it is to be returned, whoever finds the lease. */
static int make_lease(struct test *t, struct error *err)
{
	struct lease *lease = &t->lease;
	const struct lease_hostdev hostdev = { t->device.addr, t->device.group };

	lease->state = LEASE_RELEASING;
	strcpy(lease->domain, "pcitag test");
	lease->since = (int64_t)time(NULL);
	lease->since_boottime_ms = clock_boottime_ms();
	if (process_boot_id(lease->boot_id, err) < 0 || process_random_uuid(lease->uuid, err) < 0 ||
	    lease_add_hostdev(lease, &hostdev, err) < 0)
		return -1;
	/* No other process knows it yet. */
	if (lease_store_lock_domain(&t->store, lease->uuid, 0, err) != 0)
		return -1;
	return lease_store_save(&t->store, lease, err);
}

/* The caller holds the store's lock: from here on no start finds the function without the lease. */
static int reserve(struct test *t, const struct pci_addr *addr, struct error *err)
{
	int rc = host_state_take_leases(&t->host, &t->store, err);

	if (rc == 0)
		rc = check(t, addr, err);
	return rc == 0 ? make_lease(t, err) : rc;
}

/* ---- the look --------------------------------------------------------------------------------------- */

static void reset(const struct test *t)
{
	char path[SYSFS_PATH_LEN], addr[PCI_ADDR_LEN];
	struct error why;

	sysfs_device_path(&t->device.addr, "reset", path);
	if (sysfs_find(&t->sysfs, path, NULL) != 0)
		return;
	t->look->reset = TEST_RESET_DONE;
	log_info("%s is reset, to be tested", pci_addr_format(&t->device.addr, addr));
	if (sysfs_write(&t->sysfs, path, "1", &why) < 0)
		snprintf(t->look->failure, sizeof(t->look->failure), "%.*s", WHY_LEN - 1, why.msg);
}

/* The driver may have changed since the host was read. */
static int look_at(const void *arg, struct error *err)
{
	const struct test *t = arg;
	struct pci_device now;
	struct look *look = t->look;

	if (device_lock_take(t->store.lock, &t->device.addr, err) < 0)
		return -1;
	if (pci_device_read_known(&t->sysfs, &t->device.addr, &now, err) != 0 ||
	    pci_state_read_errors(&t->sysfs, &t->device.addr, &look->before, err) < 0)
		return -1;
	if (now.is_vfio && now.group != PCI_NO_GROUP && !vfio_group_is_free(now.group))
		return error_set(err, EBUSY, "another process has /dev/vfio/%d open", now.group);
	if (now.driver[0] && !now.is_vfio)
		look->reset = TEST_RESET_DRIVER;
	else
		reset(t);
	if (pci_state_read(&t->sysfs, &now, err) != 0 ||
	    (!now.state.is_mute && pci_state_read_errors(&t->sysfs, &now.addr, &now.state.errors, err) < 0))
		return error_set(err, err->code, "it cannot be read: %.200s", err->msg);
	look->state = now.state;
	return 0;
}

/* Returns what worker_wait() does. */
static int run_look(struct test *t, struct error *err)
{
	struct deadline deadline = deadline_in(t->host.settings.bind_timeout * 1000);
	struct worker worker;
	int rc;

	if (worker_start(&worker, look_at, t, err) < 0)
		return -1;
	rc = worker_wait(&worker, deadline, err);
	if (rc == WORKER_STUCK)
		worker_abandon(&worker);
	return rc;
}

/* ---- what it means ---------------------------------------------------------------------------------- */

/* Returns true when it lasts: the lanes of a link are counted again before each start. */
static bool judge(const struct look *look, bool is_stuck, struct test_result *out)
{
	struct pci_state but_link = look->state;
	char evidence[PCI_EVIDENCE_LEN], *text = out->evidence;

	but_link.width = but_link.width_most;
	out->condition = PCI_OUT;
	if (is_stuck) {
		snprintf(text, FINDING_TEXT_LEN, "%s by pcitag test did not come back",
			 look->reset == TEST_RESET_DONE ? "its reset" : "a look at it");
	} else if (look->state.is_mute) {
		snprintf(text, FINDING_TEXT_LEN,
			 "does not answer to pcitag test (its configuration space reads all ones)");
	} else if (look->failure[0]) {
		snprintf(text, FINDING_TEXT_LEN, "its reset by pcitag test failed: %s", look->failure);
	} else {
		out->condition = pci_state_judge(&look->state, &look->before, evidence);
		snprintf(text, FINDING_TEXT_LEN, "%s%s", evidence,
			 out->condition == PCI_WELL ? "" : " at pcitag test");
		return pci_state_judge(&but_link, &look->before, evidence) != PCI_WELL;
	}
	keep_one_line(text);
	return true;
}

static int note(const struct test *t, bool lasts, struct test_result *out, struct error *err)
{
	struct finding finding = { .addr = t->device.addr, .id = t->device.id, .condition = out->condition };
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&t->device.addr, addr);
	if (out->condition == PCI_WELL)
		log_info("%s was tested: it is well", addr);
	else
		log_warning("%s was tested: it is %s: %s", addr, pci_condition_name(out->condition),
			    out->evidence);
	if (!lasts)
		return findings_remove(&t->device.addr, err);
	strcpy(finding.evidence, out->evidence);
	finding_date(&finding);
	return findings_save(&finding, err);
}

static int look_and_note(struct test *t, struct test_result *out, struct error *err)
{
	int rc;

	t->look = mmap(NULL, sizeof(*t->look), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->look == MAP_FAILED)
		return error_set(err, errno, "cannot look at it");
	t->look->reset = TEST_RESET_NONE;
	rc = run_look(t, err);
	if (rc >= 0) {
		bool lasts = judge(t->look, rc == WORKER_STUCK, out);

		out->reset = t->look->reset;
		/* A link is seen, not kept; so is that of a device against which something was kept. */
		out->had_finding = t->device.finding && t->device.finding->when[0];
		rc = note(t, lasts, out, err);
	}
	(void)munmap(t->look, sizeof(*t->look));
	return rc;
}

static int test(struct test *t, const struct pci_addr *addr, struct test_result *out, struct error *err)
{
	struct progress_skips skips = { 0 };
	const struct host_query query = { .paths = t->paths,
					  .sysfs = &t->sysfs,
					  .reach = REACH_WHOLE,
					  .is_patient = true,
					  .skips = &skips,
					  .scan = pci_around_scan,
					  .context = addr };
	char text[PCI_ADDR_LEN];
	struct error why;
	int rc = host_state_look(&query, &t->store, &t->host, err);

	if (rc == 0)
		rc = lease_store_lock(&t->store, FLOW_LOCK_TIMEOUT_MS, err);
	if (rc != 0)
		return rc;
	rc = reserve(t, addr, err);
	lease_store_unlock(&t->store);
	if (rc == 0) {
		rc = look_and_note(t, out, err);
		if (rc < 0)
			(void)error_prefix(err, "test %s", pci_addr_format(addr, text));
	}
	if (t->lease.hostdev_count && lease_store_remove(&t->store, t->lease.uuid, &why) < 0 && rc == 0)
		rc = error_pass(err, &why);
	return rc;
}

int flow_test(const struct paths *paths, const struct pci_addr *addr, struct test_result *out,
	      struct error *err)
{
	struct test t = { .paths = paths, .store = LEASE_STORE_CLOSED, .sysfs = { -1 } };
	int rc = -1;

	*out = (struct test_result){ .condition = PCI_WELL };
	if (lease_store_open(paths->run, true, &t.store, err) == 0 &&
	    sysfs_open(paths->sys, &t.sysfs, err) == 0)
		rc = test(&t, addr, out, err);
	lease_clear(&t.lease);
	host_state_clear(&t.host);
	sysfs_close(&t.sysfs);
	lease_store_close(&t.store);
	return rc;
}
