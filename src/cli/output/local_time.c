/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/local_time.h"

#include <time.h>

const char *local_time(int64_t when, char buf[static LOCAL_TIME_LEN])
{
	time_t seconds = (time_t)when;
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || strftime(buf, LOCAL_TIME_LEN, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return "-";
	return buf;
}
