/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults/kinds.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "faults/host.h"
#include "faults/stories.h"

/* ---- what happens ----------------------------------------------------------------------------------- */

static void unplug(const void *arg)
{
	const struct happening *happening = arg;
	char line[64];

	snprintf(line, sizeof(line), "remove %s\n", happening->victim);
	host_tell(line);
}

static void replug(const void *arg)
{
	const struct happening *happening = arg;
	char line[64];

	snprintf(line, sizeof(line), "replug %s group=%d\n", happening->victim, REPLUGGED_GROUP);
	host_tell(line);
}

/* Whoever asks from now on whether somebody has a group open. */
static void close_groups(const void *arg)
{
	const struct happening *happening = arg;
	char line[64];

	snprintf(line, sizeof(line), "fail open /dev/vfio/* * %s\n", strerrorname_np(happening->kind->error));
	host_tell(line);
}

/*
 * Of what is below /sys, the pretend kernel lets it hang as the real one does: a driver that does not let go
 * of the device or does not come to an end with it, or else the access to this very file.
 */
static bool hang(const char *path, const char *data, bool lasts)
{
	const char *file = strrchr(path, '/'), *dir = file;
	char line[256];

	if (strncmp(path, "/sys/", 5) != 0)
		return false;
	while (dir[-1] != '/')
		dir--;
	if (data && strcmp(file, "/unbind") == 0)
		snprintf(line, sizeof(line), "set %s unbind-hangs=*\n", data);
	else if (data && (strcmp(file, "/bind") == 0 || strcmp(file, "/drivers_probe") == 0))
		snprintf(line, sizeof(line), "set %s probe-hangs=*\n", data);
	else
		snprintf(line, sizeof(line), "stall %s */%s %s\n", data ? "write" : "read", dir,
			 lasts ? "*" : "1");
	host_tell(line);
	return true;
}

/* ---- which calls it meets --------------------------------------------------------------------------- */

static bool reads_config(const char *call, const char *path)
{
	const char *file = strrchr(path, '/');

	return strcmp(call, "read") == 0 && strncmp(path, "/sys/", 5) == 0 && strcmp(file, "/config") == 0;
}

/*
 * All that there is about another process, but what the kernel tells of it without waiting for anybody
 * (fs/proc/array.c: do_task_stat(), proc_pid_status()).
 */
static bool asks_process(const char *call, const char *path)
{
	const char *file;

	(void)call;
	if (strncmp(path, "/proc/", 6) != 0 || !isdigit((unsigned char)path[6]))
		return false;
	file = strchr(path + 6, '/');
	return file && strcmp(file, "/stat") != 0 && strcmp(file, "/status") != 0;
}

static bool probes_group(const char *call, const char *path)
{
	return strncmp(call, "open", 4) == 0 && strncmp(path, "/dev/vfio/", 10) == 0 &&
	       isdigit((unsigned char)path[10]);
}

/* ---- all of them ------------------------------------------------------------------------------------ */

#define ERROR(code)                                                              \
	{                                                                        \
		.name = #code, .fault = FAULT_ERROR, .error = code, .many = true \
	}
#define GROUP(code)                                                                                 \
	{                                                                                           \
		.name = "group-" #code, .fault = FAULT_EVENT, .error = code, .meets = probes_group, \
		.event = close_groups, .lasts = true, .where = moves_something                      \
	}

static const char *const moves_something[] = { "prepare-one",  "prepare-two",  "prepare-group",	 "release",
					       "reconcile",    "test",	       "vf-create",	 "vf-remove",
					       "prepare-vgpu", "release-vgpu", "reconcile-vgpu", NULL };
/* A lease, or a message to libvirt; what finds nothing to do writes nothing. */
static const char *const writes_something[] = { "prepare-one",	 "prepare-two",	    "prepare-group",
						"release",	 "reconcile",	    "refuse-leased",
						"refuse-host",	 "refuse-live",	    "prepare-units",
						"release-units", "reconcile-units", "prepare-vf",
						"release-vf",	 "reconcile-vf",    NULL };
static const char *const looks_at_host[] = { "prepare-one",   "prepare-two", "prepare-group",
					     "refuse-leased", "refuse-host", "refuse-live",
					     "release",	      "reconcile",   NULL };
static const char *const looks_at_processes[] = { "prepare-two", "prepare-group", "refuse-leased",
						  "refuse-live", NULL };

/* Nodes that somebody could have open. */
static const char nodes[] = "set 0000:02:00.0 char=ptp/ptp0@248:0\nset 0000:04:01.0 char=ptp/ptp1@248:1\n";

const struct kind kinds[] = {
	ERROR(ENODEV),
	ERROR(EBUSY),
	ERROR(EINVAL),
	ERROR(EPERM),
	ERROR(EIO),
	ERROR(ENOSPC),
	ERROR(EROFS),
	ERROR(ENOMEM),
	{ .name = "short", .fault = FAULT_SHORT, .where = writes_something },
	{ .name = "kill", .fault = FAULT_KILL },
	{ .name = "crash", .fault = FAULT_KILL, .aftermath = AFTER_CRASH },
	{ .name = "unplug", .fault = FAULT_EVENT, .event = unplug, .loses_victim = true },
	{ .name = "replug",
	  .fault = FAULT_EVENT,
	  .event = replug,
	  .loses_victim = true,
	  .replugs = true,
	  .many = true },
	GROUP(ENOMEM),
	GROUP(EACCES),
	GROUP(EMFILE),
	GROUP(ENODEV),
	{ .name = "hang", .fault = FAULT_HANG, .workers_only = true, .where = moves_something },
	{ .name = "hang-config",
	  .fault = FAULT_HANG,
	  .meets = reads_config,
	  .lasts = true,
	  .where = looks_at_host },
	{ .name = "hang-proc",
	  .fault = FAULT_HANG,
	  .meets = asks_process,
	  .many = true,
	  .lasts = true,
	  .host = nodes,
	  .where = looks_at_processes },
};
const size_t kind_count = sizeof(kinds) / sizeof(kinds[0]);

bool kind_befalls(const struct kind *kind, const struct story *story)
{
	bool is_named = !story->kinds;

	for (size_t i = 0; story->kinds && story->kinds[i]; i++)
		is_named = is_named || strcmp(story->kinds[i], kind->name) == 0;
	if (!is_named)
		return false;
	for (size_t i = 0; kind->where && kind->where[i]; i++) {
		if (strcmp(kind->where[i], story->name) == 0)
			return true;
	}
	return !kind->where;
}

struct fault kind_fault(const struct happening *happening, unsigned process, unsigned call)
{
	const struct kind *kind = happening->kind;

	return (struct fault){ .kind = kind->fault,
			       .error = kind->error,
			       .process = process,
			       .call = call,
			       .meets = kind->meets,
			       .lasts = kind->lasts,
			       .event = kind->event,
			       .arg = happening,
			       .hang = hang };
}
