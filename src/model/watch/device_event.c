/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/watch/device_event.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const actions[] = {
	[DEVICE_APPEARED] = "add",
	[DEVICE_GONE] = "remove",
	[DEVICE_BOUND] = "bind",
	[DEVICE_UNBOUND] = "unbind",
};

bool device_event_read(const char *action, const char *name, const char *driver, struct device_event *out)
{
	int change = action ? find_name(actions, ARRAY_SIZE(actions), action) : -1;

	*out = (struct device_event){ .change = change < 0 ? DEVICE_CHANGED : (enum device_change)change };
	if (!action || !name || pci_addr_parse(name, &out->addr) != 0)
		return false;
	if (driver && pci_driver_name_valid(driver) && strlen(driver) < sizeof(out->driver))
		strcpy(out->driver, driver);
	return true;
}

const char *device_change_name(enum device_change change)
{
	static const char *const names[] = {
		[DEVICE_APPEARED] = "appeared", [DEVICE_GONE] = "gone",	      [DEVICE_BOUND] = "bound",
		[DEVICE_UNBOUND] = "unbound",	[DEVICE_CHANGED] = "changed",
	};

	return names[change];
}

bool device_event_equal(const struct device_event *a, const struct device_event *b)
{
	return a->change == b->change && pci_addr_equal(&a->addr, &b->addr) &&
	       strcmp(a->driver, b->driver) == 0;
}
