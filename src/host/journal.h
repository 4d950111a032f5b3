/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What pcitag has logged, read back from the systemd journal, by journalctl. libsystemd could read it too,
 * but every start of a domain would pay for linking it (it brings five more libraries: a fifth of what
 * pcitag takes to begin), and loaded when it is needed it would still be a library to build against.
 * journalctl is there wherever the journal is, and what it prints with -o json is a stable interface
 * (systemd.io/PORTABILITY_AND_STABILITY).
 */
#ifndef PCITAG_HOST_JOURNAL_H
#define PCITAG_HOST_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "host/journal_json.h"

struct journal_query {
	const char *domain; /* its lines only; NULL for all */
	const char *since;  /* as journalctl(1) takes it, or NULL */
	bool this_boot;
	size_t lines; /* the last ones, at most so many; at least 1 */
};

struct journal_lines {
	struct journal_entry *entries; /* owned, newest last */
	size_t count;
};

#define JOURNAL_ABSENT 1

/*
 * Reads what pcitag wrote and this user may see. The caller frees out->entries.
 * Returns 0; JOURNAL_ABSENT with *err when this host has no journalctl; -1, with journalctl's own words when
 * it has any.
 */
int journal_read(const struct journal_query *query, struct journal_lines *out, struct error *err);

#endif
