/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gives an attribute of a vendor's driver the value of a lease, and undoes it (model/pci/setting.h). Each may
 * wait in the kernel: only a worker takes them.
 */
#ifndef PCITAG_HOST_BIND_SETTING_H
#define PCITAG_HOST_BIND_SETTING_H

#include <errno.h>

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/lease/lease.h"

/* The code of an error: its card has no room for the value any more. */
#define SETTING_FULL EXFULL

/*
 * Writes the value, and reads it back. Returns 0, or -1; err->code is ESTALE when it has changed since the
 * function was chosen, and SETTING_FULL when it can no longer be had: choosing again may help.
 */
int setting_apply(const struct sysfs *sysfs, const struct lease_member *member, struct error *err);

/*
 * Writes 0 unless the attribute is gone, is 0 already, or has a value that is not the lease's. What the
 * attribute then reads counts, not what the write returned. Returns 0 or -1.
 */
int setting_undo(const struct sysfs *sysfs, const struct lease_member *member, struct error *err);

#endif
