/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One entry of the systemd journal, as journalctl -o json prints it (systemd.io/JOURNAL_EXPORT_FORMATS). */
#ifndef PCITAG_HOST_JOURNAL_JSON_H
#define PCITAG_HOST_JOURNAL_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/domain.h"

struct journal_entry {
	int64_t usec;		      /* since the epoch */
	int priority;		      /* syslog(3): 0 is worst, 7 is for debugging */
	char domain[DOMAIN_NAME_LEN]; /* whom the line is about, "" for the host as a whole */
	char message[ERROR_MSG_LEN];  /* the rest of it, without control characters */
};

#define JOURNAL_JSON_NONE 1

/*
 * Reads one. Lines of pcitag about a domain begin "domain 'NAME': ", those about links that no lease accounts
 * for "owner 'NAME': "; a name that itself contains "': " ends there.
 * Returns 0, or JOURNAL_JSON_NONE when @text is no entry with a time and a message.
 */
int journal_entry_parse(const char *text, size_t len, struct journal_entry *out);

#endif
