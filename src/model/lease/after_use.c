/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/after_use.h"

#include "base/cleanup.h"
#include "base/text.h"

static const char *const names[] = {
	[AFTER_RETURN] = "return",
	[AFTER_HOLD] = "hold",
	[AFTER_CLEAN] = "clean",
};

const char *after_use_name(enum after_use after)
{
	return names[after];
}

int after_use_parse(const char *text, enum after_use *out)
{
	int i = find_name(names, ARRAY_SIZE(names), text);

	if (i < 0)
		return 1;
	*out = (enum after_use)i;
	return 0;
}
