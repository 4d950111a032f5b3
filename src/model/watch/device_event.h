/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an event of the kernel (uevent) says of a PCI function. */
#ifndef PCITAG_MODEL_WATCH_DEVICE_EVENT_H
#define PCITAG_MODEL_WATCH_DEVICE_EVENT_H

#include <stdbool.h>

#include "model/pci/topology.h"

enum device_change {
	DEVICE_APPEARED,
	DEVICE_GONE,
	DEVICE_BOUND,
	DEVICE_UNBOUND,
	DEVICE_CHANGED, /* any other change */
};

struct device_event {
	enum device_change change;
	struct pci_addr addr;
	char driver[PCI_DRIVER_LEN]; /* that it is bound to, "" for none or unknown */
};

/*
 * Reads an event of subsystem "pci" (kernel: lib/kobject_uevent.c, kobject_actions; drivers/base/core.c,
 * dev_uevent).
 * @action: "add", "remove", "bind", "unbind", "change", ...
 * @name: of the device: its address
 * @driver: value of DRIVER, or NULL
 * Returns false when it is not about a PCI function.
 */
bool device_event_read(const char *action, const char *name, const char *driver, struct device_event *out);

/* Returns "appeared", "gone", "bound", "unbound" or "changed". */
const char *device_change_name(enum device_change change);

/* True when both say the same. */
bool device_event_equal(const struct device_event *a, const struct device_event *b);

#endif
