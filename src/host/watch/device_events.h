/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's events about PCI functions, as they happen, by libudev. They come from the kernel and not from
 * udev, so that they come without udev's daemon, too; any user may receive them.
 */
#ifndef PCITAG_HOST_WATCH_DEVICE_EVENTS_H
#define PCITAG_HOST_WATCH_DEVICE_EVENTS_H

#include "base/error.h"
#include "model/watch/device_event.h"

struct device_events;

/* Returns 0 with @out, which the caller closes, or -1. */
int device_events_open(struct device_events **out, struct error *err);
void device_events_close(struct device_events **events);

/* Becomes readable when there are events. */
int device_events_fd(const struct device_events *events);

enum {
	DEVICE_EVENTS_NONE = 1, /* there are no more */
	DEVICE_EVENTS_LOST,	/* the kernel had to drop some: the reader was too slow */
};

/* Reads the next event, without waiting. Returns 0, a value above, or -1. */
int device_events_next(struct device_events *events, struct device_event *out, struct error *err);

#endif
