/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The start of a domain: what libvirt's hook does for `prepare begin`. */
#ifndef PCITAG_FLOW_START_PREPARE_H
#define PCITAG_FLOW_START_PREPARE_H

#include <stddef.h>

#include "base/error.h"
#include "flow/paths.h"
#include "model/lease/lease.h"

/*
 * Prepares a domain that is about to start: assigns the devices it requests, all or nothing, and records the
 * hostdevs that it names by address itself, which are assigned to no other domain as long as it runs.
 * @daemon: libvirt's daemon, which runs the hook and will call its release; pid 0: gone, the start fails
 * @xml, @len: the domain's definition, as libvirt passes it to the hook
 * Returns 0; FLOW_REFUSED with *err when the domain or the host's state does not allow it, with nothing
 * changed; -1 with *err after everything has been undone, or quarantined and logged.
 */
int flow_prepare(const struct paths *paths, const struct process_id *daemon, const char *xml, size_t len,
		 struct error *err);

#endif
