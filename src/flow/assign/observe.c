/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/observe.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/deadline.h"
#include "host/process/progress.h"
#include "host/process/worker.h"

/* No host has more functions (one PCI segment). Only pages that are written use memory. */
#define DEVICES_MAX 65536

/* Intervals of the check for progress, counted because on an overloaded host every process is slow. */
#define STEP_MS 50

/* Timeout after the first device that did not answer; it is shorter, because the cause may be the same. */
#define FURTHER_MS 250

/* Limit for the whole read, for a host that answers, however slowly. */
#define TOTAL_MS 20000

/* The same with the time in which the process only waited for a processor. */
#define STARVED_MS 60000

/* In memory shared with the process that reads the host. */
struct result {
	struct progress progress;
	bool is_partial, has_iommu;
	size_t count;
	struct pci_device devices[DEVICES_MAX];
};

struct order {
	observe_fn *look;
	const void *arg;
	struct result *result;
	const struct progress_skips *skips;
};

static int read_host(const void *arg, struct error *err)
{
	const struct order *order = arg;
	struct result *result = order->result;
	struct observation found = { 0 };

	progress_begin(&result->progress, order->skips);
	if (order->look(order->arg, &found, err) < 0)
		return -1;
	if (found.topology.count > DEVICES_MAX)
		return error_set(err, E2BIG, "this host has %zu PCI functions", found.topology.count);
	if (found.topology.count)
		memcpy(result->devices, found.topology.devices,
		       found.topology.count * sizeof(*result->devices));
	result->count = found.topology.count;
	result->is_partial = found.is_partial;
	result->has_iommu = found.has_iommu;
	return 0;
}

/* Returns 0, -1, or WORKER_STUCK when there was no progress for @patience_ms. */
static int wait_for(struct worker *worker, struct progress *progress, int patience_ms, struct error *err)
{
	unsigned seen = atomic_load(&progress->steps);
	int idle_ms = 0, total_ms = 0, all_ms = 0;

	while (!worker_has_ended(worker, STEP_MS)) {
		unsigned now = atomic_load(&progress->steps);
		bool is_waiting = now == seen && worker_is_waiting(worker);

		if (now != seen)
			idle_ms = 0;
		else if (is_waiting)
			idle_ms += STEP_MS;
		if (now != seen || is_waiting)
			total_ms += STEP_MS;
		all_ms += STEP_MS;
		seen = now;
		if (idle_ms >= patience_ms + atomic_load(&progress->allowance_ms) || total_ms >= TOTAL_MS ||
		    all_ms >= STARVED_MS) {
			worker_abandon(worker);
			return WORKER_STUCK;
		}
	}
	return worker_wait(worker, deadline_in(STEP_MS), err);
}

static int take(const struct result *result, struct observation *out, struct error *err)
{
	*out = (struct observation){ .is_partial = result->is_partial, .has_iommu = result->has_iommu };
	for (size_t i = 0; i < result->count; i++) {
		if (topology_add(&out->topology, &result->devices[i], err) < 0) {
			topology_clear(&out->topology);
			return -1;
		}
	}
	topology_sort(&out->topology);
	return 0;
}

int observe_run(worker_fn *work, const void *arg, struct progress *progress, int patience_ms,
		struct progress_skips *skips, struct error *err)
{
	bool gave_up = false;

	for (;;) {
		struct worker worker;
		int rc;

		*progress = (struct progress){ 0 };
		if (worker_start(&worker, work, arg, err) < 0)
			return -1;
		rc = wait_for(&worker, progress, skips->count ? FURTHER_MS : patience_ms, err);
		if (rc != WORKER_STUCK)
			return rc;
		/* Retry once without it; what still hangs after that cannot be identified. */
		if (skips->count == PROGRESS_SKIPS_MAX || (progress->kind == PROGRESS_OTHER && gave_up))
			return error_set(err, ETIMEDOUT,
					 "cannot look at this host: it does not answer in time");
		gave_up |= progress->kind == PROGRESS_OTHER;
		skips->items[skips->count++] = *progress;
	}
}

int observe(observe_fn *look, const void *arg, int patience_ms, struct progress_skips *skips,
	    struct observation *out, struct error *err)
{
	struct order order = { look, arg, NULL, skips };
	int rc;

	*out = (struct observation){ 0 };
	order.result = mmap(NULL, sizeof(*order.result), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (order.result == MAP_FAILED)
		return error_set(err, errno, "cannot look at this host");
	rc = observe_run(read_host, &order, &order.result->progress, patience_ms, skips, err);
	if (rc == 0)
		rc = take(order.result, out, err);
	(void)munmap(order.result, sizeof(*order.result));
	return rc;
}
