/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <syslog.h>

#include "base/error.h"

static void PRINTF_LIKE(2, 0) log_line(int priority, const char *fmt, va_list args)
{
	int saved = errno; /* first, because errno must not change for the caller */
	char text[ERROR_MSG_LEN];
	struct error line = { 0 };

	(void)vsnprintf(text, sizeof(text), fmt, args);
	(void)error_set(&line, 0, "%s", text);
	openlog("pcitag", LOG_PID, LOG_DAEMON);
	syslog(priority, "%s", line.msg);
	errno = saved;
}

void log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_INFO, fmt, args);
	va_end(args);
}

void log_warning(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_WARNING, fmt, args);
	va_end(args);
}

void log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_ERR, fmt, args);
	va_end(args);
}
