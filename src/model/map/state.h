/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of functions on a map, and how often each occurs. */
#ifndef PCITAG_MODEL_MAP_STATE_H
#define PCITAG_MODEL_MAP_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/allocate/verdict.h"

/* Of a function that the registry matches the words of verdict_rows[], in the order in which they are
 * counted.
 */
enum map_state {
	MAP_FREE,
	MAP_LEASED,
	MAP_DEGRADED,
	MAP_HELD,
	MAP_QUARANTINED,
	MAP_OUT,
	MAP_UNAVAILABLE,
	MAP_HOST,	  /* no model matches it, and the host uses or needs it */
	MAP_UNREGISTERED, /* no model matches it */
	MAP_STATES,
};

struct map_counts {
	size_t of[MAP_STATES];
};

/* Returns "free", "leased", ..., "host" or "not registered". */
const char *map_state_name(enum map_state state);

/* The same as a part of a name in XML and CSS: "not-registered". */
const char *map_state_class(enum map_state state);

/* Returns the state of a function that the registry matches. */
enum map_state map_state_of(enum availability availability);

/* True for a state that an administrator has to look at: quarantined, out. */
bool map_state_is_bad(enum map_state state);

/* Enough for map_counts_format(), including the NUL. */
#define MAP_COUNTS_LEN 256

/* Writes "60 free, 4 leased", "" for none. Returns @buf. */
char *map_counts_format(const struct map_counts *counts, char buf[static MAP_COUNTS_LEN]);

/* Returns the state that most of them have, of equally many the first. */
enum map_state map_counts_most(const struct map_counts *counts);

#endif
