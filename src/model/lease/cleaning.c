/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/cleaning.h"

#include <string.h>

#include "base/cleanup.h"

static const char *const names[] = {
	[CLEANING_DUE] = "due",
	[CLEANING_RUNS] = "running",
	[CLEANING_FAILED] = "failed",
};

const char *cleaning_state_name(enum cleaning_state state)
{
	return names[state];
}

int cleaning_state_parse(const char *text, enum cleaning_state *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*out = (enum cleaning_state)i;
		return 0;
	}
	return 1;
}
