/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The default owner of a domain's placeholders. Pure. */
#ifndef PCITAG_MODEL_LEASE_OWNER_H
#define PCITAG_MODEL_LEASE_OWNER_H

#include <stdbool.h>

#include "model/lease/name.h"

/* True when @owner is a name other than the reserved one. */
bool owner_valid(const char *owner);

/*
 * Returns in @owner the domain's name when it is a valid owner. Otherwise @owner is the name, with "_" for
 * each invalid byte, and the first 8 characters of the uuid: "win 11" becomes win_11-6f1c2f4e. A domain
 * always gets the same owner, and two domains get different ones.
 * @uuid: in the format of uuid_valid()
 */
void owner_of_domain(const char *name, const char *uuid, char owner[static NAME_LEN]);

#endif
