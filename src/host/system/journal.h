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

#include "base/error.h"
#include "host/system/journal_json.h"

struct journal_query {
	const char *domain; /* only lines about this domain; NULL for all */
	const char *since;  /* in the format of journalctl(1), or NULL */
	bool this_boot;
	size_t lines; /* maximum number of lines, the newest ones; at least 1 */
};

struct journal_lines {
	struct journal_entry *entries; /* owned, newest last */
	size_t count;
};

enum { JOURNAL_ABSENT = 1 };

/*
 * Reads the lines that pcitag wrote and this user may see. The caller frees out->entries.
 * Returns 0; JOURNAL_ABSENT with *err set when this host has no journalctl; or -1, with journalctl's message
 * in *err when it wrote one.
 */
int journal_read(const struct journal_query *query, struct journal_lines *out, struct error *err);

#endif
