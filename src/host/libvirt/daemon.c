/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/libvirt/daemon.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fileio.h"
#include "base/text.h"
#include "host/process/process.h"
#include "model/system/host_text.h"

#define SMALL_FILE_MAX 8192

static const struct {
	const char *name, *socket;
} daemons[] = {
	{ "libvirtd", "libvirt-sock" },
	{ "virtqemud", "virtqemud-sock" },
};

/* Reads the pid file. *pid is 0 when there is none or it has no number. */
static int read_pid(const char *run, const char *name, pid_t *pid, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.pid", run, name);
	if (read_file_if_any(path, SMALL_FILE_MAX, &text, err) < 0)
		return -1;
	*pid = text ? (pid_t)strtol(text, NULL, 10) : 0;
	return 0;
}

/* The pid of a stale pid file belongs to another process, or to none. */
static bool is_called(const char *proc, pid_t pid, const char *name)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d/comm", proc, (int)pid);
	return read_file_at(AT_FDCWD, path, SMALL_FILE_MAX, &text, NULL, NULL) == 0 && word_is(text, name);
}

/* proc(5): the start time counts clock ticks since boot, suspended time included. */
static int read_start(struct libvirt_daemon *daemon, pid_t pid, struct error *err)
{
	int64_t ticks = sysconf(_SC_CLK_TCK);

	if (process_identify(pid, &daemon->process, err) < 0)
		return -1;
	daemon->started_ms = clock_now_ms(CLOCK_REALTIME) - clock_boottime_ms() +
			     (int64_t)daemon->process.start_time * 1000 / ticks;
	return 0;
}

int libvirt_daemon_find(const char *run, const char *libvirt_run, const char *proc,
			struct libvirt_daemon *out, struct error *err)
{
	char path[PATH_MAX];
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(daemons); i++) {
		*out = (struct libvirt_daemon){ .name = daemons[i].name };
		if (read_pid(run, out->name, &pid, err) < 0)
			return -1;
		if (pid > 0 && is_called(proc, pid, out->name))
			return read_start(out, pid, err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(daemons); i++) {
		*out = (struct libvirt_daemon){ .name = daemons[i].name };
		snprintf(path, sizeof(path), "%s/%s", libvirt_run, daemons[i].socket);
		if (access(path, F_OK) == 0)
			return 0;
	}
	*out = (struct libvirt_daemon){ .name = daemons[0].name };
	return LIBVIRT_DAEMON_ABSENT;
}

int libvirt_daemon_memlock(const struct libvirt_daemon *daemon, const char *proc, uint64_t *hard,
			   struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d/limits", proc, (int)daemon->process.pid);
	if (read_file_at(AT_FDCWD, path, SMALL_FILE_MAX, &text, NULL, err) < 0)
		return -1;
	if (!limits_memlock(text, hard))
		return error_set(err, 0, "%s has no limit for locked memory", path);
	return 0;
}
