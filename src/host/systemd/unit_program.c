/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/systemd/unit_program.h"

#include <stdio.h>
#include <string.h>

#include "base/program.h"
#include "base/text.h"
#include "host/process/child.h"

/* Room for the answer about UNITS_ASKED_MAX units. */
#define ANSWER_MAX (UNITS_ASKED_MAX * 2 * (UNIT_NAME_LEN + UNIT_STATE_LEN))

/* Time to ask in which state a unit is that did not stop or start in time. */
#define STATE_MS 1000

bool unit_state_is_active(const struct unit_state *state)
{
	static const char *const words[] = { "active", "reloading", "activating", "refreshing" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(state->active, words[i]) == 0)
			return true;
	}
	return false;
}

/* Reads the word at @at. Returns what follows it and a blank or the line's end, or NULL when it is too long.
 */
static const char *take_word(const char *at, char *buf, size_t size)
{
	size_t len = at ? strcspn(at, " \n") : 0;

	if (len == 0 || len >= size || at[len] == '\0')
		return NULL;
	memcpy(buf, at, len);
	buf[len] = '\0';
	return at + len + 1;
}

static int read_answer(const char *text, struct unit_state *units, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		char name[UNIT_NAME_LEN];

		text = take_word(text, name, sizeof(name));
		text = take_word(text, units[i].id, sizeof(units[i].id));
		text = take_word(text, units[i].load, sizeof(units[i].load));
		text = take_word(text, units[i].active, sizeof(units[i].active));
		if (!text || strcmp(name, units[i].name) != 0)
			return error_set(err, 0, "the answer of " UNITS_PROGRAM " cannot be understood");
		/* It becomes an argument, and a name in a lease. */
		if (unit_name_kind(units[i].id) == UNIT_NAME_INVALID)
			return error_set(err, 0, "systemd calls the unit %s %s", name, units[i].id);
	}
	return 0;
}

int unit_program_read(struct unit_state *units, size_t count, struct deadline deadline, struct error *err)
{
	CLEANUP(child_clear) struct child child = { 0 };
	char *argv[UNITS_ASKED_MAX + 3] = { (char *)UNITS_PROGRAM, (char *)UNITS_STATE };
	int rc;

	if (count == 0)
		return 0;
	if (count > UNITS_ASKED_MAX)
		return error_set(err, 0, "more than %d units of systemd are named", UNITS_ASKED_MAX);
	for (size_t i = 0; i < count; i++)
		argv[i + 2] = units[i].name;
	rc = child_run(argv, ANSWER_MAX, deadline, &child, err);
	if (rc == CHILD_LATE)
		return error_set(err, 0, "systemd does not tell the state of %s in time", units[0].name);
	if (rc == 0 && child.exit_code != 0)
		rc = child_complain(&child, UNITS_PROGRAM, err);
	return rc == 0 ? read_answer(child.out ? child.out : "", units, count, err) : -1;
}

/* Time to stop a unit that did not end in time. */
#define STOP_MS 15000

/* Names the state in which the unit is stuck. */
static int refuse_late(const char *unit, const char *what, struct error *err)
{
	struct unit_state state = { 0 };

	snprintf(state.name, sizeof(state.name), "%s", unit);
	if (unit_program_read(&state, 1, deadline_in(STATE_MS), NULL) < 0)
		strcpy(state.active, "unknown");
	return error_refuse(err, UNIT_PROGRAM_FAILED, "%s does not %s in time; it is %s", unit, what,
			    state.active);
}

/* Other than what callers get. */
enum { RUN_LATE = UNIT_PROGRAM_FAILED + 1 };

/* Returns also RUN_LATE, with *err untouched. */
static int run_at_most(const char *verb, const char *unit, struct deadline deadline, struct error *err)
{
	CLEANUP(child_clear) struct child child = { 0 };
	char *const argv[] = { (char *)UNITS_PROGRAM, (char *)verb, (char *)unit, NULL };
	int rc = child_run(argv, ANSWER_MAX, deadline, &child, err);

	if (rc == CHILD_LATE)
		return RUN_LATE;
	if (rc < 0 || child.exit_code == EXIT_DONE)
		return rc;
	(void)child_complain(&child, UNITS_PROGRAM, err);
	return child.exit_code == EXIT_FINDINGS ? UNIT_PROGRAM_FAILED : -1;
}

static int run(const char *verb, const char *unit, struct deadline deadline, struct error *err)
{
	int rc = run_at_most(verb, unit, deadline, err);

	return rc == RUN_LATE ? refuse_late(unit, verb, err) : rc;
}

int unit_program_stop(const char *unit, struct deadline deadline, struct error *err)
{
	return run(UNITS_STOP, unit, deadline, err);
}

int unit_program_start(const char *unit, struct deadline deadline, struct error *err)
{
	return run(UNITS_START, unit, deadline, err);
}

int unit_program_queue(const char *unit, struct deadline deadline, struct error *err)
{
	int rc = run_at_most(UNITS_QUEUE, unit, deadline, err);

	return rc == RUN_LATE ? error_set(err, 0, "systemd does not accept a job for %s in time", unit) : rc;
}

int unit_program_run(const char *unit, struct deadline deadline, struct error *err)
{
	int rc = run_at_most(UNITS_RUN, unit, deadline, err);
	struct error why;

	if (rc != RUN_LATE)
		return rc;
	if (unit_program_stop(unit, deadline_in(STOP_MS), &why) == 0)
		return error_refuse(err, UNIT_PROGRAM_FAILED, "%s did not end in time, and was stopped",
				    unit);
	return error_refuse(err, UNIT_PROGRAM_FAILED, "%s did not end in time, and it is not stopped: %s",
			    unit, why.msg);
}
