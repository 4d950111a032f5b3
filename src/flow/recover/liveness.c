/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/liveness.h"

#include "base/deadline.h"
#include "host/process/process.h"

/* No start takes longer from the hook to the emulator; one that does fails, and nothing is lost. */
#define START_SECONDS 120

void emulator_view_clear(struct emulator_view *view)
{
	emulators_clear(&view->emulators);
	view->is_known = false;
}

/* A lost lease was reconstructed (reconcile.c) from its links, which do not identify its domain. */
static bool was_lost(const struct lease *lease)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		if (lease->members[i].previous_unknown)
			return true;
	}
	return false;
}

static int find_emulator(struct emulator_view *view, const struct lease *lease, pid_t *out, struct error *err)
{
	int rc = 0;

	*out = 0;
	if (!view->is_known && emulators_list(view->libvirt_run, &view->emulators, err) < 0)
		return -1;
	view->is_known = true;
	for (size_t i = 0; i < lease->grant_count && was_lost(lease) && !*out && rc == 0; i++)
		rc = emulators_find_request(&view->emulators, &lease->grants[i].request, out, err);
	if (rc == 0 && !*out)
		rc = emulators_find(&view->emulators, lease->uuid, lease->domain, out, err);
	return rc;
}

bool liveness_emulator_runs(struct emulator_view *view, const struct lease *lease, struct error *why)
{
	struct error cause;
	pid_t emulator;
	bool was_known = view->is_known;
	int rc = find_emulator(view, lease, &emulator, &cause);

	/* A domain may have started since the emulators were read. */
	if (rc == 0 && !emulator && was_known) {
		emulator_view_clear(view);
		rc = find_emulator(view, lease, &emulator, &cause);
	}
	if (rc < 0) {
		(void)error_set(why, 0, "its emulator may run: %s", cause.msg);
		return true;
	}
	if (emulator)
		(void)error_set(why, 0, "its emulator runs (process %d)", (int)emulator);
	return emulator != 0;
}

/* The caller checks for forks before it searches for the emulator, so a fork cannot be missed in between. */
static bool is_being_forked(const struct lease *lease, struct error *why)
{
	struct error cause;
	pid_t child;

	if (emulators_find_fork(&lease->daemon, &child, &cause) < 0) {
		(void)error_set(why, 0, "its emulator may be about to run: %s", cause.msg);
		return true;
	}
	if (child)
		(void)error_set(
			why, 0,
			"process %d, a child of libvirt's daemon, may be about to become its emulator",
			(int)child);
	return child != 0;
}

bool liveness_daemon_runs(struct emulator_view *view, const struct lease *lease)
{
	const struct process_id *daemon = &lease->daemon;

	if (daemon->pid && daemon->pid == view->living.pid && daemon->start_time == view->living.start_time)
		return true;
	if (!process_is_alive(daemon))
		return false;
	view->living = *daemon;
	return true;
}

/*
 * libvirt has work to do between prepare and the emulator, and perhaps many other domains to clean up between
 * the emulator's end and release. A hook that is killed when release begins leaves such a lease, too.
 */
static bool has_time_left(enum liveness_depth depth, const struct lease *lease)
{
	return depth == LIVENESS_QUICKLY ||
	       clock_boottime_ms() - lease->since_boottime_ms < START_SECONDS * 1000;
}

enum liveness liveness_of(struct emulator_view *view, enum liveness_depth depth, const struct lease *lease,
			  struct error *why)
{
	bool daemon_lives;

	if (lease->state == LEASE_QUARANTINED || lease->state == LEASE_RELEASING) {
		if (liveness_emulator_runs(view, lease, why))
			return LIVENESS_EMULATOR;
		(void)error_set(why, 0, "its release was not finished");
		return LIVENESS_OVERDUE;
	}
	daemon_lives = liveness_daemon_runs(view, lease);
	if (daemon_lives && has_time_left(depth, lease)) {
		(void)error_set(why, 0, "libvirt's daemon (process %d) will release it",
				(int)lease->daemon.pid);
		return LIVENESS_DAEMON;
	}
	if (daemon_lives && is_being_forked(lease, why))
		return LIVENESS_DAEMON;
	if (liveness_emulator_runs(view, lease, why))
		return LIVENESS_EMULATOR;
	if (daemon_lives)
		(void)error_set(why, 0, "no emulator runs, %d seconds after its start began", START_SECONDS);
	else if (lease->daemon.pid == 0) /* not made by a hook */
		(void)error_set(why, 0, "no emulator runs");
	else
		(void)error_set(why, 0, "libvirt's daemon (process %d) is gone and no emulator runs",
				(int)lease->daemon.pid);
	return LIVENESS_OVERDUE;
}
