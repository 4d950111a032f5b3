/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/map/state.h"

#include "base/error.h"
#include "base/text.h"

static const char *const names[] = {
	[MAP_FREE] = "free",
	[MAP_LEASED] = "leased",
	[MAP_DEGRADED] = "degraded",
	[MAP_HELD] = "held",
	[MAP_QUARANTINED] = "quarantined",
	[MAP_OUT] = "out",
	[MAP_UNAVAILABLE] = "unavailable",
	[MAP_HOST] = "host",
	[MAP_UNREGISTERED] = "not registered",
};

const char *map_state_name(enum map_state state)
{
	return names[state];
}

const char *map_state_class(enum map_state state)
{
	return state == MAP_UNREGISTERED ? "not-registered" : names[state];
}

enum map_state map_state_of(enum availability availability)
{
	int state = find_name(names, MAP_HOST, verdict_rows[availability].state);

	return state < 0 ? MAP_UNAVAILABLE : (enum map_state)state;
}

bool map_state_is_bad(enum map_state state)
{
	return state == MAP_QUARANTINED || state == MAP_OUT;
}

char *map_counts_format(const struct map_counts *counts, char buf[static MAP_COUNTS_LEN])
{
	buf[0] = '\0';
	for (size_t state = 0; state < MAP_STATES; state++) {
		if (counts->of[state])
			text_append(buf, MAP_COUNTS_LEN, "%s%zu %s", buf[0] ? ", " : "", counts->of[state],
				    names[state]);
	}
	return buf;
}

enum map_state map_counts_most(const struct map_counts *counts)
{
	enum map_state most = MAP_FREE;

	for (size_t state = 0; state < MAP_STATES; state++) {
		if (counts->of[state] > counts->of[most])
			most = (enum map_state)state;
	}
	return most;
}
