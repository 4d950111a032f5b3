/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs pcitag-domain (host/libvirt/domain_protocol.h) for one query about one running domain. Must not be
 * called in a hook: the daemon that would have to answer waits for the hook to end.
 */
#ifndef PCITAG_HOST_LIBVIRT_DOMAIN_PROGRAM_H
#define PCITAG_HOST_LIBVIRT_DOMAIN_PROGRAM_H

#include <stdint.h>

#include "base/error.h"
#include "model/lease/domain.h"

/* Results of a query. */
enum {
	DOMAIN_REFUSED = 1, /* libvirt refuses, or there is no such domain; nothing has changed */
	DOMAIN_UNCERTAIN,   /* no answer in time: libvirt may still be processing the request */
	DOMAIN_KEPT,	    /* the guest has not released the device in time; it may still do so */
};

/*
 * Reads the current state of a running domain.
 * @who: name or UUID, as the user wrote it
 * @out: receives it; the caller clears it with domain_clear(), also after a failure
 * Returns 0, DOMAIN_REFUSED with *err set when the domain is unknown or not running, or -1.
 */
int domain_program_read(const char *who, struct domain *out, struct error *err);

/*
 * Attaches functions of one slot (@functions: bit n for function n of that of @addr) to a running domain,
 * each as a separate device, all or none. Returns 0, or DOMAIN_REFUSED, DOMAIN_UNCERTAIN or -1 with *err.
 */
int domain_program_attach(const char *uuid, const struct pci_addr *addr, uint8_t functions,
			  struct error *err);

/*
 * Detaches the functions and waits until the guest has released them. A function that the domain does not
 * have is not an error.
 * Returns 0, DOMAIN_REFUSED, DOMAIN_UNCERTAIN, DOMAIN_KEPT or -1, with *err set for all but 0.
 */
int domain_program_detach(const char *uuid, const struct pci_addr *addr, uint8_t functions,
			  struct error *err);

#endif
