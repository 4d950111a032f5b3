/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system log, under the name "pcitag": what happened to which domain, request and
 * address. Lines about a domain begin "domain 'NAME': ": pcitag log finds them by that. Called from flow and
 * from the edge only; everything below returns errors.
 */
#ifndef PCITAG_BASE_LOG_H
#define PCITAG_BASE_LOG_H

#include "base/compiler.h"

/* Each writes one line; control characters become '?'. errno is preserved. */
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
