/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/after_use.h"

#include <string.h>

#include "base/cleanup.h"

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
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*out = (enum after_use)i;
		return 0;
	}
	return 1;
}
