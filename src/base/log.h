/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes to the system log, under the name "pcitag", events with their domain, request and address. Lines
 * about a domain begin with "domain 'NAME': ", and pcitag log finds them by this prefix. Only flow and the
 * main programs log; all lower layers return errors.
 */
#ifndef PCITAG_BASE_LOG_H
#define PCITAG_BASE_LOG_H

#include <syslog.h>

#include "base/cleanup.h"

/* Writes one line of this syslog(3) priority; control characters become '?'. errno is preserved. */
void log_line(int priority, const char *fmt, ...) PRINTF_LIKE(2, 3);
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)

#endif
