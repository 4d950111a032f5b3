/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a domain: what libvirt's hook does for `release end`. */
#ifndef PCITAG_FLOW_START_RELEASE_H
#define PCITAG_FLOW_START_RELEASE_H

#include <stddef.h>

#include "base/error.h"
#include "flow/paths.h"

/*
 * Releases a domain that has ended: returns the devices of its lease to the host. Without a lease it does
 * nothing. The setting release_timeout limits the time; what cannot be returned is quarantined and logged.
 * Returns 0, or -1 with *err, which has already been logged because the hook's release has no caller to
 * report it to.
 */
int flow_release(const struct paths *paths, const char *xml, size_t len, struct error *err);

#endif
