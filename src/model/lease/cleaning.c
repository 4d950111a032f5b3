/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/cleaning.h"

#include "base/cleanup.h"
#include "base/text.h"

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
	int i = find_name(names, ARRAY_SIZE(names), text);

	if (i < 0)
		return 1;
	*out = (enum cleaning_state)i;
	return 0;
}
