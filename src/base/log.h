/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes to the system log, under the name "pcitag", events with their domain, request and address. Lines
 * about a domain begin with "domain 'NAME': ", and pcitag log finds them by this prefix. Only flow and the
 * main programs log; all lower layers return errors.
 */
#ifndef PCITAG_BASE_LOG_H
#define PCITAG_BASE_LOG_H

#include "base/cleanup.h"

/* Each function writes one line; control characters become '?'. errno is preserved. */
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
