/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>

#include "base/error.h"

void log_line(int priority, const char *fmt, ...)
{
	int saved = errno; /* first, because errno must not change for the caller */
	char text[ERROR_MSG_LEN];
	struct error line = { 0 };
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)error_set(&line, 0, "%s", text);
	openlog("pcitag", LOG_PID, LOG_DAEMON);
	syslog(priority, "%s", line.msg);
	errno = saved;
}
