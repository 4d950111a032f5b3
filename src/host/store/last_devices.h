/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each domain had before, for `prefer = last`: one file for each domain,
 * /var/lib/pcitag/last/<uuid>.json, in the format of a lease. It survives a reboot. Only domains with such a
 * request have one, and it is a wish: whatever is wrong with it, the domain gets another device.
 */
#ifndef PCITAG_HOST_STORE_LAST_DEVICES_H
#define PCITAG_HOST_STORE_LAST_DEVICES_H

#include "base/error.h"
#include "model/lease/lease.h"

/* Most files; beyond, the one that was not written for the longest time is removed. */
#define LAST_DEVICES_MAX 1024

/*
 * Writes what a domain had, in place of what it had before. The caller holds the lock of the domain, or that
 * of the store.
 */
int last_devices_save(const struct lease *lease, struct error *err);

enum { LAST_DEVICES_ABSENT = 1 };

/*
 * Reads what the domain had.
 * @uuid: of the domain, checked
 * @out: an empty lease; the caller frees it with lease_clear(), also after a failure
 * Returns 0; LAST_DEVICES_ABSENT when there is nothing; or -1 when the file cannot be read or understood.
 */
int last_devices_load(const char *uuid, struct lease *out, struct error *err);

#endif
