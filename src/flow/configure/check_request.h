/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Evaluates a request on this host before a domain makes it. */
#ifndef PCITAG_FLOW_CONFIGURE_CHECK_REQUEST_H
#define PCITAG_FLOW_CONFIGURE_CHECK_REQUEST_H

#include <stddef.h>

#include "flow/paths.h"
#include "model/lease/domain.h"

/*
 * Looks a request up in the registry.
 * @devices: receives the number of devices of this host that match it, free or not
 * Returns 0; FLOW_REFUSED with prepare's message in *err when the registry has no such type or model; or -1.
 */
int flow_check_request(const struct paths *paths, const struct request *request, size_t *devices,
		       struct error *err);

#endif
