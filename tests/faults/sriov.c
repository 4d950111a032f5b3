/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults/sriov.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/host.h"

#define REGISTRY "/etc/pcitag/registry.d/sriov.ini"
#define PF "0000:06:00.0"
#define WANTED 2
/* The exit code of a reconcile that leaves something quarantined. */
#define LEFT_OVER 3
#define MESSAGE_MAX 1024

static void write_registry(const char *text)
{
	int fd = open(REGISTRY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		fprintf(stderr, "faults: %s: %s\n", REGISTRY, strerror(errno));
		exit(2);
	}
	(void)close(fd);
}

bool makes_vfs(const struct story *story)
{
	return strncmp(story->act, "vf-", 3) == 0;
}

bool has_vgpu_story(const struct story *story)
{
	return strcmp(story->requests[0], "vgpu") == 0;
}

void sriov_forget(void)
{
	(void)unlink(REGISTRY);
}

void sriov_add_vgpu(void)
{
	host_tell("driver nvidia vfio\n");
	host_tell("device " PF
		  " vendor=10de device=26b9 class=030200 group=9 native=e1000e totalvfs=2 numvfs=1 "
		  "vgpus=533x2\n");
	host_tell("device 0000:06:00.4 vendor=10de device=26b9 subsystem=10de:0001 class=030200 group=10 "
		  "physfn=" PF " native=nvidia\n");
	write_registry("[L40S]\ntype = vgpu\nvendor = 10de\ndevice = 26b9\nsubsystem = 10de:0001\n"
		       "driver = keep\nset = nvidia/current_vgpu_type=533\n");
}

static void add_pf(void)
{
	host_tell("device " PF " vendor=8086 device=10c9 class=020000 group=9 native=e1000e totalvfs=7 "
		  "vf-device=10ca vfs-at=128:2 vf-native=e1000e\n");
	write_registry("[Igb]\ntype = pf\nvendor = 8086\ndevice = 10c9\nvfs = 2\n");
}

/* ---- what must be true -------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void complain(struct finding *finding, const char *format, ...)
{
	size_t used = strlen(finding->text);
	va_list args;

	va_start(args, format);
	vsnprintf(finding->text + used, sizeof(finding->text) - used, format, args);
	va_end(args);
}

/* How many virtual functions there are. */
static unsigned count_vfs(void)
{
	char look[HOST_TEXT_LEN];
	const char *line, *vfs;

	host_look(look);
	line = strstr(look, PF " ");
	vfs = line ? strstr(line, " vfs=") : NULL;
	return vfs ? (unsigned)strtoul(vfs + strlen(" vfs="), NULL, 10) : 99;
}

static void must_look(struct finding *finding, const char *expected, const char *when)
{
	char now[HOST_TEXT_LEN], difference[2048];

	host_look(now);
	host_compare(expected, now, NULL, difference, sizeof(difference));
	if (difference[0])
		complain(finding, "%s: the host differs (- expected, + found):\n%s", when, difference);
}

/* @act: "vf-create" or "vf-remove" */
static void run_vf(const char *act, const struct fault *fault, struct run *run)
{
	const char *const argv[] = { "/usr/sbin/pcitag", "vf", act + 3, PF, NULL };

	inject_run(&(struct program){ argv, NULL, false }, fault, run);
}

static void must_succeed(struct finding *finding, const char *act, const char *when)
{
	struct run run;

	run_vf(act, NULL, &run);
	if (run.overdue || run.status != 0)
		complain(finding, "%s: %s: wait status %#x: %s\n", when, act, (unsigned)run.status,
			 run.errors);
}

static bool is_message(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= MESSAGE_MAX && strchr(text, '\n') == text + len - 1;
}

/* A number that is not the one of before is told, unless nobody can know it. */
static bool tells(const char *message, unsigned now)
{
	char text[64];

	snprintf(text, sizeof(text), "it has %u virtual functions now", now);
	return strstr(message, text) || strstr(message, "how many it has now is not known") ||
	       strstr(message, "still waits in the kernel");
}

static void check_end(struct finding *finding, const struct kind *kind, const char *act,
		      const struct run *run)
{
	unsigned before = strcmp(act, "vf-create") == 0 ? 0 : WANTED, wanted = WANTED - before;
	unsigned now = kind->fault == FAULT_KILL || run->overdue ? before : count_vfs();
	bool was_silenced = strncmp(run->call, "write(/memfd:errors", strlen("write(/memfd:errors")) == 0;

	if (run->overdue)
		complain(finding, "%s did not end\n", act);
	else if (WIFSIGNALED(run->status) && kind->fault != FAULT_KILL)
		complain(finding, "%s died of signal %d: %s\n", act, WTERMSIG(run->status), run->errors);
	else if (WIFEXITED(run->status) && WEXITSTATUS(run->status) == 0 && kind->fault != FAULT_KILL &&
		 now != wanted)
		complain(finding, "%s said 0, and there are %u\n", act, now);
	if (!WIFEXITED(run->status) || WEXITSTATUS(run->status) == 0)
		return;
	if (WEXITSTATUS(run->status) != 1)
		complain(finding, "%s: exit code %d\n", act, WEXITSTATUS(run->status));
	if (!is_message(run->errors) && !was_silenced)
		complain(finding, "its message is no line of its own: \"%s\"\n", run->errors);
	if (now != before && now != wanted && !tells(run->errors, now))
		complain(finding, "there are %u, and its message does not tell: %s\n", now, run->errors);
}

/* After reconcile nothing of it is left but all of the virtual functions, or none. */
static void recover(struct finding *finding, const char *original, const char *made, bool lasts)
{
	const char *const reconcile[] = { "/usr/sbin/pcitag-engine", "reconcile", NULL };
	struct run run;
	unsigned now;

	if (lasts) {
		host_tell("release\nclear\n");
		inject_let_go();
	}
	if (!inject_settle())
		complain(finding, "a worker does not end\n");
	inject_run(&(struct program){ reconcile, NULL, false }, NULL, &run);
	if (run.overdue || run.status != 0)
		complain(finding, "reconcile: wait status %#x: %s\n", (unsigned)run.status, run.errors);
	now = count_vfs();
	if (now != 0 && now != WANTED)
		complain(finding, "after the recovery there are %u\n", now);
	must_look(finding, now ? made : original, "after the recovery");
}

/* ---- one injection ------------------------------------------------------------------------------------ */

void sriov_run(const struct story *story, const struct kind *kind, const struct fault *fault, struct run *run,
	       struct finding *finding)
{
	static char original[HOST_TEXT_LEN], made[HOST_TEXT_LEN];

	host_reset();
	add_pf();
	host_look(original);
	must_succeed(finding, "vf-create", "before");
	host_look(made);
	if (strcmp(story->act, "vf-create") == 0)
		must_succeed(finding, "vf-remove", "before");
	run_vf(story->act, fault, run);
	check_end(finding, kind, story->act, run);
	recover(finding, original, made, kind->fault == FAULT_HANG);
	must_succeed(finding, "vf-create", "second run");
	must_look(finding, made, "after the second run");
	must_succeed(finding, "vf-remove", "second run");
	must_look(finding, original, "at the end");
	inject_end();
}
