/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-domain, which knows libvirt so that nobody else has to (cli/domain_commands.h): run for one answer
 * about one running domain. Never in a hook, for whose end the daemon that is asked would be waiting.
 */
#ifndef PCITAG_HOST_DOMAIN_PROGRAM_H
#define PCITAG_HOST_DOMAIN_PROGRAM_H

#include <stdint.h>

#include "base/error.h"
#include "model/domain.h"

/* How long a guest has to let go of a device that it is asked for, in seconds. */
#define DOMAIN_DETACH_SECONDS 30

/* What has become of a question. */
#define DOMAIN_REFUSED 1   /* libvirt does not want to, or there is no such domain; nothing has changed */
#define DOMAIN_UNCERTAIN 2 /* no answer in time: libvirt may still be at it */
#define DOMAIN_KEPT 3	   /* the guest has not let go in time; it may still do so */

/*
 * Reads what a running domain is at this moment.
 * @who: name or UUID, as the user wrote it
 * @out: receives it; the caller clears it with domain_clear(), also after a failure
 * Returns 0, DOMAIN_REFUSED with *err when it is unknown or does not run, or -1.
 */
int domain_program_read(const char *who, struct domain *out, struct error *err);

/*
 * Puts functions of one slot into a running domain, each as a device of its own, all or none.
 * @functions: bit n for function n of the slot of @addr
 * Returns 0, DOMAIN_REFUSED, DOMAIN_UNCERTAIN or -1, with *err for all but 0.
 */
int domain_program_attach(const char *uuid, const struct pci_addr *addr, uint8_t functions,
			  struct error *err);

/*
 * Takes them out again and waits until the guest has let go. One that is not in the domain is no failure.
 * Returns 0, DOMAIN_REFUSED, DOMAIN_UNCERTAIN, DOMAIN_KEPT or -1, with *err for all but 0.
 */
int domain_program_detach(const char *uuid, const struct pci_addr *addr, uint8_t functions,
			  struct error *err);

#endif
