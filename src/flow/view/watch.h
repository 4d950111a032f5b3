/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of this host as they happen: leases, devices that are held after their use, findings, the registry,
 * and PCI functions that appear, disappear, or get another driver.
 */
#ifndef PCITAG_FLOW_VIEW_WATCH_H
#define PCITAG_FLOW_VIEW_WATCH_H

#include <poll.h>

#include "base/error.h"
#include "flow/paths.h"
#include "model/lease/lease.h"
#include "model/pci/finding.h"
#include "model/watch/device_event.h"
#include "model/watch/file_list.h"

enum watch_kind {
	WATCH_READY,	/* every later change is told */
	WATCH_LEASE,	/* of a domain */
	WATCH_HELD,	/* a device that is held after its use */
	WATCH_FINDING,	/* a device is degraded or out, or no longer */
	WATCH_REGISTRY, /* a file of the registry, or the settings */
	WATCH_DEVICE,
	WATCH_OVERFLOW, /* changes were lost: everything may have changed */
};

struct watch_event {
	enum watch_kind kind;
	const char *change; /* "made", "changed", "removed", "quarantined"; of a device "appeared", ... */
	const char *name;   /* of LEASE the UUID, of HELD and FINDING the address, of REGISTRY the file */
	const struct lease *lease;     /* of LEASE and HELD, the last one if it is removed; NULL: unknown */
	const struct finding *finding; /* likewise of FINDING */
	const struct device_event *device; /* of DEVICE */
	const char *unseen; /* of READY: what this user cannot see, and why, as clauses; "" for nothing */
};

/* Tells of an event. Returns false when the reader is gone. */
typedef bool watch_tell_fn(const struct watch_event *event, void *context);

/* Changes are told when there was none for so long, and at the latest so long after the first. */
#define WATCH_QUIET_MS 100
#define WATCH_LATEST_MS 500

/* Descriptors that end a watch; at most so many. */
#define WATCH_ENDS_MAX 4

/*
 * Tells of changes until one of @ends has one of its events or is closed, or @tell returns false. What
 * happens within WATCH_QUIET_MS is told together, each thing once, with its last state.
 * Returns 0 or -1.
 */
int flow_watch(const struct paths *paths, const struct pollfd *ends, size_t end_count, watch_tell_fn *tell,
	       void *context, struct error *err);

#endif
