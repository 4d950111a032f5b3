/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attaches devices to a running domain and detaches them. */
#ifndef PCITAG_FLOW_HOTPLUG_ATTACH_H
#define PCITAG_FLOW_HOTPLUG_ATTACH_H

#include "flow/paths.h"
#include "model/lease/lease.h"

/* The domain and the device of the operation, for messages. */
struct attach_result {
	char domain[DOMAIN_NAME_LEN];
	char uuid[UUID_LEN];
	struct lease_grant grant;
};

/*
 * Attaches a device for @request to a running domain, until the domain ends or flow_detach() is called. It is
 * chosen, checked, bound and recorded in the domain's lease as at a start; libvirt then attaches it as a
 * hostdev. With functions = all each function gets a slot of its own, as libvirt hotplugs them one by one.
 * @who:     name or UUID of the domain
 * @request: a type or a model, optionally with an index; the requests of one domain must be unique
 * Returns 0 with *out, FLOW_REFUSED with nothing changed, -1 with all undone or quarantined and logged; *err.
 */
int flow_attach(const struct paths *paths, const char *who, const char *request, struct attach_result *out,
		struct error *err);

/*
 * Detaches an attached device from a running domain and returns its group to the host.
 * @what: the request, or the address of a function that the guest has through it
 * Returns 0 with *out; FLOW_REFUSED or FLOW_KEPT with one line in *err; -1 with one line in *err.
 */
int flow_detach(const struct paths *paths, const char *who, const char *what, struct attach_result *out,
		struct error *err);

#endif
