/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units of systemd that clean a held device: the key `clean_units` of the models of its grants. */
#ifndef PCITAG_FLOW_RECOVER_CLEAN_UNITS_H
#define PCITAG_FLOW_RECOVER_CLEAN_UNITS_H

#include <stddef.h>

#include "base/error.h"
#include "flow/paths.h"
#include "model/lease/lease.h"
#include "model/units/unit_name.h"

/* One unit, and the time that it and those of the same device have. */
struct clean_unit {
	char name[UNIT_NAME_LEN];
	size_t grant; /* whose device it is for: its index */
	int timeout;  /* in seconds */
};

struct clean_units {
	struct clean_unit *items; /* owned; in the order in which they run */
	size_t count;
	const char *failed; /* the one that has not succeeded, or NULL */
};

void clean_units_clear(struct clean_units *units);

/*
 * Reads the registry as it is now, which may have been corrected since.
 * @used: each grant whose model does not simply return its devices needs units
 * @out: empty
 * Returns 0, FLOW_REFUSED when a model has none, or -1.
 */
int clean_units_choose(const struct paths *paths, const struct lease *used, struct clean_units *out,
		       struct error *err);

/*
 * Runs them one after the other. Returns 0 when each has ended with success, otherwise -1 with the first that
 * has not, in *err and in @units.
 * @addr: for the journal
 */
int clean_units_run(struct clean_units *units, const char *addr, struct error *err);

#endif
