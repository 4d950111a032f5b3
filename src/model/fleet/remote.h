/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report of another host (`pcitag capacity --report`), as text from the cluster. Pure. */
#ifndef PCITAG_MODEL_FLEET_REMOTE_H
#define PCITAG_MODEL_FLEET_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "model/allocate/verdict.h"
#include "model/fleet/counts.h"
#include "model/lease/domain.h"
#include "model/pci/address.h"

/*
 * The most that a report may have, in bytes with its end: `pcitag capacity --report` makes no longer one. It
 * is the value of an attribute of the cluster.
 */
#define FLEET_REPORT_MAX 16384

#define FLEET_STATE_LEN 16

/* One device, or several that are alike. */
struct remote_device {
	char address[PCI_ADDR_LEN]; /* "" for several */
	unsigned count;
	struct fleet_counts names; /* owned; the numbers mean nothing */
	char state[FLEET_STATE_LEN];
	char why[VERDICT_LEN]; /* "" when it is free */
};

struct remote_report {
	int64_t time; /* seconds since the epoch, by that host's clock */
	char hash[20];
	unsigned more;		       /* devices that did not fit in */
	struct remote_device *devices; /* owned */
	size_t count;
};

void remote_report_clear(struct remote_report *report);

/*
 * Reads it.
 * @out: empty; the caller frees it, also after a failure
 * Fails when it is not such a report.
 */
int remote_report_read(const char *text, struct remote_report *out, struct error *err);

/* True when a request by @name may get it, once it is free. */
bool remote_answers(const struct remote_device *device, const char *name);

static inline bool remote_is_free(const struct remote_device *device)
{
	return strcmp(device->state, "free") == 0 || strcmp(device->state, "degraded") == 0;
}

/*
 * Whether there is a free device for each request at once, but for those that are optional.
 * @is_optional: by request
 * Returns the index of the first request for which there is none, request_count when there are enough; also
 * when out of memory, then 0.
 */
size_t remote_lacks(const struct remote_report *report, const struct domain *domain, const bool *is_optional);

#endif
