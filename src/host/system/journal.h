/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads pcitag's log lines from the systemd journal, through journalctl. Linking libsystemd would slow down
 * every start of a domain (it loads five more libraries: a fifth of pcitag's startup time), and loading it on
 * demand would still make it a build dependency. journalctl is present wherever the journal is, and its -o
 * json output is a stable interface (systemd.io/PORTABILITY_AND_STABILITY).
 */
#ifndef PCITAG_HOST_SYSTEM_JOURNAL_H
#define PCITAG_HOST_SYSTEM_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/lease/domain.h"

struct journal_query {
	const char *domain; /* only lines about this domain; NULL for all */
	const char *since;  /* in the format of journalctl(1), or NULL */
	bool this_boot;
	size_t lines; /* maximum number of lines, the newest ones; at least 1 */
};

struct journal_entry {
	int64_t usec;		      /* time since the epoch, in microseconds */
	int priority;		      /* syslog(3): 0 is the most severe, 7 is for debugging */
	char domain[DOMAIN_NAME_LEN]; /* the domain of the line, "" for the host as a whole */
	char message[ERROR_MSG_LEN];  /* the rest of it, without control characters */
};

struct journal_lines {
	struct journal_entry *entries; /* owned, newest last */
	size_t count;
};

enum { JOURNAL_ABSENT = 1 };

/*
 * Reads the lines that pcitag wrote and this user may see. The caller frees out->entries. Returns 0;
 * JOURNAL_ABSENT with *err when this host has no journalctl; or -1, with journalctl's message if it had one.
 */
int journal_read(const struct journal_query *query, struct journal_lines *out, struct error *err);

/*
 * Parses one entry in the format of journalctl -o json (systemd.io/JOURNAL_EXPORT_FORMATS). Lines of pcitag
 * about a domain begin with "domain 'NAME': ", those about links without a lease with "owner 'NAME': ". A
 * name that contains "': " is cut there. Returns false when @text is not an entry with a time and a message.
 */
bool journal_entry_parse(const char *text, size_t len, struct journal_entry *out);

#endif
