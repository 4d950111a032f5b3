/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/owner.h"

#include <stdio.h>
#include <string.h>

#include "model/lease/domain.h"

/* Characters of a uuid before its first dash. */
#define MARK_LEN 8

bool owner_valid(const char *owner)
{
	return name_valid(owner) && strcmp(owner, PLACEHOLDER_RESERVED_OWNER) != 0;
}

void owner_of_domain(const char *name, const char *uuid, char owner[static NAME_LEN])
{
	int room = NAME_LEN - 1 - MARK_LEN - 1;

	if (owner_valid(name)) {
		(void)snprintf(owner, NAME_LEN, "%s", name);
		return;
	}
	(void)snprintf(owner, NAME_LEN, "%.*s", room, name);
	for (char *c = owner; *c; c++) {
		if (!name_valid_n(c, 1))
			*c = '_';
	}
	(void)snprintf(owner + strlen(owner), MARK_LEN + 2, "-%.*s", MARK_LEN, uuid);
}
