/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/units.h"

#include <stdio.h>
#include <string.h>

#include "base/program.h"
#include "host/systemd/unit_bus.h"

static int print_state(struct unit_bus *bus, char *const units[], int count, struct error *err)
{
	for (int i = 0; i < count; i++) {
		struct unit_facts facts;

		if (unit_bus_read(bus, units[i], &facts, err) < 0)
			return -1;
		printf("%s %s %s %s\n", units[i], facts.id, facts.load, facts.active);
	}
	return fflush(stdout) == 0 ? 0 : error_set(err, 0, "cannot print the state of units");
}

/* What is done to one unit. */
static const struct {
	const char *verb;
	int (*act)(struct unit_bus *bus, const char *unit, struct error *err);
} deeds[] = {
	{ UNITS_STOP, unit_bus_stop },
	{ UNITS_START, unit_bus_start },
	{ UNITS_QUEUE, unit_bus_queue },
	{ UNITS_RUN, unit_bus_run },
};

static bool is_deed(const char *verb)
{
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		if (strcmp(verb, deeds[i].verb) == 0)
			return true;
	}
	return false;
}

static int run(const char *verb, char *const units[], int count, struct error *err)
{
	CLEANUP(unit_bus_close) struct unit_bus *bus = NULL;

	if (unit_bus_open(&bus, err) < 0)
		return -1;
	if (strcmp(verb, UNITS_STATE) == 0)
		return print_state(bus, units, count, err);
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		if (strcmp(verb, deeds[i].verb) == 0)
			return deeds[i].act(bus, units[0], err);
	}
	return -1;
}

/* A session is stopped, but not started. */
static bool is_session_stop(int argc, char *argv[])
{
	return argc == 3 && strcmp(argv[1], UNITS_STOP) == 0 && unit_name_is_session(argv[2]);
}

static bool is_usage(int argc, char *argv[])
{
	if (argc < 3)
		return false;
	if (is_session_stop(argc, argv))
		return true;
	for (int i = 2; i < argc; i++) {
		enum unit_name_kind kind = unit_name_kind(argv[i]);

		if (kind == UNIT_NAME_INVALID || kind == UNIT_NAME_TEMPLATE)
			return false;
	}
	if (strcmp(argv[1], UNITS_STATE) == 0)
		return argc - 2 <= UNITS_ASKED_MAX;
	return argc == 3 && is_deed(argv[1]);
}

int units_main(int argc, char *argv[])
{
	struct error err;
	int rc;

	if (!is_usage(argc, argv))
		return report_usage_text(
			"pcitag-units is run by pcitag: state UNIT..., or stop, start, queue or run UNIT");
	rc = run(argv[1], argv + 2, argc - 2, &err);
	if (rc == 0)
		return EXIT_DONE;
	(void)report(&err);
	return rc == UNIT_BUS_FAILED ? EXIT_FINDINGS : EXIT_FAILED;
}
