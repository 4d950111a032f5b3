/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/watch/device_events.h"

#include <errno.h>
#include <libudev.h>

/* Room for a few thousand events; the kernel grants as much as this user may have. */
#define BUFFER_SIZE (4 * 1024 * 1024)

struct device_events {
	struct udev *udev;
	struct udev_monitor *monitor;
};

static int connect_monitor(struct device_events *events)
{
	events->udev = udev_new();
	events->monitor = events->udev ? udev_monitor_new_from_netlink(events->udev, "kernel") : NULL;
	if (!events->monitor)
		return -1;
	(void)udev_monitor_set_receive_buffer_size(events->monitor, BUFFER_SIZE);
	return udev_monitor_filter_add_match_subsystem_devtype(events->monitor, "pci", NULL) < 0
		       ? -1
		       : udev_monitor_enable_receiving(events->monitor);
}

int device_events_open(struct device_events **out, struct error *err)
{
	struct device_events *events = calloc(1, sizeof(*events));
	int rc = events ? connect_monitor(events) : -1;

	if (rc < 0) {
		rc = error_set(err, errno, "cannot receive events of devices");
		device_events_close(&events);
		return rc;
	}
	*out = events;
	return 0;
}

void device_events_close(struct device_events **events)
{
	if (!*events)
		return;
	udev_monitor_unref((*events)->monitor);
	udev_unref((*events)->udev);
	free(*events);
	*events = NULL;
}

int device_events_fd(const struct device_events *events)
{
	return udev_monitor_get_fd(events->monitor);
}

int device_events_next(struct device_events *events, struct device_event *out, struct error *err)
{
	for (;;) {
		struct udev_device *device;
		bool is_known;

		errno = 0;
		device = udev_monitor_receive_device(events->monitor);
		if (!device && errno == ENOBUFS)
			return DEVICE_EVENTS_LOST;
		if (!device && (errno == 0 || errno == EAGAIN || errno == EINTR))
			return DEVICE_EVENTS_NONE;
		if (!device)
			return error_set(err, errno, "cannot receive events of devices");
		is_known = device_event_read(udev_device_get_action(device), udev_device_get_sysname(device),
					     udev_device_get_property_value(device, "DRIVER"), out);
		udev_device_unref(device);
		if (is_known)
			return 0;
	}
}
