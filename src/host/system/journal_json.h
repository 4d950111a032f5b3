/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parses one entry of the systemd journal in the format of journalctl -o json
 * (systemd.io/JOURNAL_EXPORT_FORMATS).
 */
#ifndef PCITAG_HOST_SYSTEM_JOURNAL_JSON_H
#define PCITAG_HOST_SYSTEM_JOURNAL_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/lease/domain.h"

struct journal_entry {
	int64_t usec;		      /* time since the epoch, in microseconds */
	int priority;		      /* syslog(3): 0 is the most severe, 7 is for debugging */
	char domain[DOMAIN_NAME_LEN]; /* the domain of the line, "" for the host as a whole */
	char message[ERROR_MSG_LEN];  /* the rest of it, without control characters */
};

enum { JOURNAL_JSON_NONE = 1 };

/*
 * Parses one entry. Lines of pcitag about a domain begin with "domain 'NAME': ", those about links without a
 * lease with "owner 'NAME': ". A name that contains "': " is cut there.
 * Returns 0, or JOURNAL_JSON_NONE when @text is not an entry with a time and a message.
 */
int journal_entry_parse(const char *text, size_t len, struct journal_entry *out);

#endif
