/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a request is worth on this host, before any domain makes it. */
#ifndef PCITAG_FLOW_CHECK_REQUEST_H
#define PCITAG_FLOW_CHECK_REQUEST_H

#include <stddef.h>

#include "flow/flow.h"
#include "model/domain.h"

/*
 * Looks a request up in the registry.
 * @devices: receives how many devices of this host answer to it, free or not
 * Returns 0; FLOW_REFUSED with prepare's own words in *err when the registry has no such type or model; or
 * -1.
 */
int flow_check_request(const struct flow *flow, const struct request *request, size_t *devices,
		       struct error *err);

#endif
