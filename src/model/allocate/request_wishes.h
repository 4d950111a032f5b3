/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wished of one request: by its profile, narrowed by the domain. Pure. */
#ifndef PCITAG_MODEL_ALLOCATE_REQUEST_WISHES_H
#define PCITAG_MODEL_ALLOCATE_REQUEST_WISHES_H

#include "base/error.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"
#include "model/registry/registry.h"

/*
 * Joins what a profile of this name and each wish of the domain for this request say (wishes_narrow()).
 * together and apart are about sets of requests: those of a profile about all requests for it, those of a
 * domain about the requests of that wish. They are joined here as well, so that a contradiction is found.
 * @domain: NULL: none has wishes
 * @request: its text is looked for in the wishes, its name among the profiles
 * @out: numa is set in any case: preferred for a domain that is bound to nodes or processors, else none
 * Returns 0, or -1 with both sides named in *err.
 */
int request_wishes(const struct registry *registry, const struct domain *domain,
		   const struct request *request, struct wishes *out, struct error *err);

/* True when the domain starts without a device for the request: no device can be had, or none may. */
bool request_is_optional(const struct registry *registry, const struct domain *domain,
			 const struct request *request);

/*
 * Returns how one of several devices is preferred: as @wishes of request_wishes() say, else as the model
 * does, else by the lowest address.
 */
enum wish_prefer request_prefers(const struct wishes *wishes, const struct model *model);

/*
 * True when @device is what the domain had by this request.
 * @last: of host/store/last_devices.h; NULL: it had nothing. A serial number decides where both are known;
 * otherwise it is the same card if it has the same ids at the same address
 */
bool request_had(const struct lease *last, const char *request, const struct pci_device *device);

#endif
