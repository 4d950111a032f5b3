/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which owner the placeholders of a domain have, when nobody chose one. Pure. */
#ifndef PCITAG_MODEL_OWNER_H
#define PCITAG_MODEL_OWNER_H

#include <stdbool.h>

#include "model/name.h"

/* A name, and not the reserved one? */
bool owner_valid(const char *owner);

/*
 * The domain's name when it is a legal owner. Otherwise what is legal of it, "_" for each other byte, and the
 * first 8 characters of the uuid: "win 11" is win_11-6f1c2f4e. The same for the same domain always, and
 * another for each other.
 * @uuid: as uuid_valid() has it
 */
void owner_of_domain(const char *name, const char *uuid, char owner[static NAME_LEN]);

#endif
