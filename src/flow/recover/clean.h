/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frees a device that is held after its use: when units have cleaned it, or at the administrator's request.
 */
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
	bool is_clean;		      /* units have cleaned it */
	enum reconcile_outcome outcome;
	char why[ERROR_MSG_LEN]; /* what its return has left to say, "" for nothing */
};

/*
 * Cleans the held device at @addr, with its group: it gets back the driver that it had before its last guest,
 * the clean_units of its model run, and when each of them has succeeded it is no longer held. Otherwise it
 * stays so, with that driver, and the reason is noted. Waits for them.
 * @as_is: nothing is run: the administrator answers for what it still contains
 * Returns 0 with @out; FLOW_REFUSED with one line in *err when it is not held, is just being cleaned, or has
 * no units; or -1, also when a unit failed.
 */
int flow_clean(const struct paths *paths, const struct pci_addr *addr, bool as_is, struct clean_result *out,
	       struct error *err);

#endif
