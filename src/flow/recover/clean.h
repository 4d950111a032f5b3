/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frees a device that is held after its use, at the administrator's request. */
#ifndef PCITAG_FLOW_RECOVER_CLEAN_H
#define PCITAG_FLOW_RECOVER_CLEAN_H

#include <stdbool.h>

#include "base/error.h"
#include "flow/paths.h"
#include "flow/recover/reconcile.h"
#include "model/lease/domain.h"
#include "model/pci/address.h"

struct clean_result {
	char domain[DOMAIN_NAME_LEN]; /* that used it */
	char since[32];		      /* when it ended, as text */
	enum reconcile_outcome outcome;
	char why[ERROR_MSG_LEN]; /* what its return has left to say, "" for nothing */
};

/*
 * Returns the held device at @addr, with its group, to the host, from where the next start may take it.
 * @as_is: the administrator answers for what it still contains; without it, it is refused
 * Returns 0 with @out; FLOW_REFUSED with one line in *err when it is not held, or @as_is is false; or -1.
 */
int flow_clean(const struct paths *paths, const struct pci_addr *addr, bool as_is, struct clean_result *out,
	       struct error *err);

#endif
