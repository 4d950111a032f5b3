/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/report.h"

#include <stdio.h>

int report(const struct error *err)
{
	fprintf(stderr, "pcitag: %s\n", err->msg);
	return EXIT_FAILED;
}

int report_usage(const struct error *err)
{
	(void)report(err);
	return EXIT_USAGE;
}
