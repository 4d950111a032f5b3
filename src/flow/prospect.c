/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/prospect.h"

#include "base/deadline.h"
#include "host/process.h"

/* No start takes longer from the hook to the emulator; should one ever, it fails, and nothing is lost. */
#define START_SECONDS 120

void emulator_view_clear(struct emulator_view *view)
{
	free(view->emulators.items);
	*view = (struct emulator_view){ 0 };
}

bool prospect_emulator_runs(struct emulator_view *view, const char *uuid, struct error *why)
{
	struct error cause;
	pid_t emulator;

	if (!view->is_known && emulators_list(&view->emulators, &cause) < 0) {
		(void)error_set(why, 0, "its emulator may run: %s", cause.msg);
		return true;
	}
	view->is_known = true;
	emulator = emulators_find(&view->emulators, uuid);
	if (emulator)
		(void)error_set(why, 0, "its emulator runs (process %d)", (int)emulator);
	return emulator != 0;
}

/*
 * Between prepare and the emulator libvirt has work to do, and between the emulator's end and release it may
 * have many others to bury. A hook that is killed right at the beginning of release leaves a lease like that.
 */
static bool has_time_left(enum prospect_depth depth, const struct lease *lease)
{
	return depth == PROSPECT_QUICKLY ||
	       clock_boottime_ms() - lease->since_boottime_ms < START_SECONDS * 1000;
}

enum prospect prospect_of(struct emulator_view *view, enum prospect_depth depth, const struct lease *lease,
			  struct error *why)
{
	bool daemon_lives;

	if (lease->state == LEASE_QUARANTINED || lease->state == LEASE_RELEASING) {
		(void)error_set(why, 0, "its release was not finished");
		return PROSPECT_OVERDUE;
	}
	daemon_lives = process_is_alive(&lease->daemon);
	if (daemon_lives && has_time_left(depth, lease)) {
		(void)error_set(why, 0, "libvirt's daemon (process %d) will release it",
				(int)lease->daemon.pid);
		return PROSPECT_DAEMON;
	}
	if (prospect_emulator_runs(view, lease->uuid, why))
		return PROSPECT_EMULATOR;
	if (daemon_lives)
		(void)error_set(why, 0, "no emulator runs, %d seconds after its start began", START_SECONDS);
	else if (lease->daemon.pid == 0) /* no hook made it */
		(void)error_set(why, 0, "no emulator runs");
	else
		(void)error_set(why, 0, "libvirt's daemon (process %d) is gone and no emulator runs",
				(int)lease->daemon.pid);
	return PROSPECT_OVERDUE;
}
