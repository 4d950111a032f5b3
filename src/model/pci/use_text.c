/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/use_text.h"

#include <stdarg.h>
#include <string.h>

int use_text(char out[static HOST_USE_LEN], const char *fmt, ...)
{
	va_list args;
	int wanted;

	va_start(args, fmt);
	wanted = vsnprintf(out, HOST_USE_LEN, fmt, args);
	va_end(args);
	if (wanted >= HOST_USE_LEN)
		memcpy(out + HOST_USE_LEN - 4, "...", 4);
	for (char *c = out; *c; c++) {
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	}
	return HOST_USED;
}
