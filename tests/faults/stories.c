/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults/stories.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/emulator.h"
#include "faults/host.h"
#include "faults/sriov.h"

#define ENGINE "/usr/sbin/pcitag-engine"
/* The exit code of a reconcile that leaves something quarantined. */
#define LEFT_OVER 3
/* What libvirt's user gets to see of a refusal. */
#define MESSAGE_MAX 1024

/* The domain of the story, and another one; the digit is the last one of name and UUID. */
#define DOMAIN '1'
#define OTHER '2'
#define OTHER_NAME "vm2"
#define UUID_BUT_ONE "6f1a4d34-0d9a-4c7e-9d8e-3f1f1f6f0a0"
#define OTHER_UUID UUID_BUT_ONE "2"

#define REQUESTS(...)             \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/* What the story `test` looks at: it has no driver, and is reset. */
#define TESTED "0000:01:00.0"

#define KILLS REQUESTS("kill", "crash")
/* The device stays, and answers when it is asked again: an optional request must get it. */
#define PRESENT_KINDS                                                                                       \
	REQUESTS("ENODEV", "EBUSY", "EINVAL", "EPERM", "EIO", "ENOSPC", "EROFS", "ENOMEM", "short", "kill", \
		 "crash")
/* Without a device that comes back: what a virtual function was told stays in its physical function. */
#define VF_KINDS PRESENT_KINDS
#define SRIOV_KINDS REQUESTS("kill", "EIO", "EBUSY", "ENOSPC", "ENOMEM", "EPERM", "hang")
#define VGPU_KINDS REQUESTS("kill", "crash", "EIO", "EINVAL", "EBUSY", "unplug", "hang")
#define KEPT_KINDS REQUESTS("kill", "crash", "EIO", "ENOSPC", "EROFS", "ENOMEM", "EPERM")

const struct story stories[] = {
	{ "prepare-one", "prepare", REQUESTS("npu"), "0000:01:00.0", NULL, false, false, NULL, NULL },
	{ "prepare-two", "prepare", REQUESTS("npu", "nic"), "0000:02:00.0", NULL, false, false, NULL, NULL },
	{ "prepare-group", "prepare", REQUESTS("old-nic"), "0000:04:01.0", NULL, false, false, NULL, NULL },
	{ "release", "release", REQUESTS("nic", "old-nic"), "0000:04:01.0", NULL, false, false, NULL, NULL },
	{ "reconcile", "reconcile", REQUESTS("nic", "old-nic"), "0000:02:00.0", NULL, false, false, NULL,
	  NULL },
	{ "refuse-leased", "prepare", REQUESTS("nic", "npu"), "0000:02:00.0", REQUESTS("npu"), true, false,
	  NULL, NULL },
	{ "refuse-host", "prepare", REQUESTS("npu", "host-nic"), "0000:01:00.0", NULL, true, false, NULL,
	  NULL },
	{ "refuse-live", "prepare", REQUESTS("nic", "npu"), "0000:02:00.0", REQUESTS("npu"), true, true, NULL,
	  NULL },
	{ "reconcile-live", "reconcile", REQUESTS("npu"), "0000:02:00.0", REQUESTS("nic", "old-nic"), true,
	  true, NULL, NULL },
	{ "prepare-units", "prepare", REQUESTS("held-nic"), "0000:02:00.0", NULL, false, false, "ok", NULL },
	{ "release-units", "release", REQUESTS("held-nic"), "0000:02:00.0", NULL, false, false, "ok", NULL },
	{ "reconcile-units", "reconcile", REQUESTS("held-nic"), "0000:02:00.0", NULL, false, false, "ok",
	  NULL },
	{ "refuse-failing-unit", "prepare", REQUESTS("held-nic"), "0000:02:00.0", NULL, true, false, "fail",
	  KILLS },
	{ "refuse-half-stopped-unit", "prepare", REQUESTS("held-nic"), "0000:02:00.0", NULL, true, false,
	  "half", KILLS },
	{ "release-clean", "release", REQUESTS("kept-nic"), "0000:02:00.0", NULL, false, false, NULL,
	  KEPT_KINDS },
	{ "clean", "clean", REQUESTS("kept-nic"), "0000:02:00.0", NULL, false, false, NULL, KEPT_KINDS },
	{ "refuse-hanging-unit", "prepare", REQUESTS("held-nic"), "0000:02:00.0", NULL, true, false, "hang",
	  KILLS },
	{ "prepare-vf", "prepare", REQUESTS("vf-nic"), "0000:06:10.0", NULL, false, false, NULL, VF_KINDS },
	{ "release-vf", "release", REQUESTS("vf-nic"), "0000:06:10.0", NULL, false, false, NULL, VF_KINDS },
	{ "reconcile-vf", "reconcile", REQUESTS("vf-nic"), "0000:06:10.0", NULL, false, false, NULL,
	  VF_KINDS },
	{ "prepare-optional", "prepare", REQUESTS("spare", "lack"), "0000:01:00.0", NULL, false, false, NULL,
	  PRESENT_KINDS },
	{ "release-optional", "release", REQUESTS("spare", "lack"), "0000:01:00.0", NULL, false, false, NULL,
	  PRESENT_KINDS },
	{ "vf-create", "vf-create", REQUESTS("pf"), "0000:06:00.0", NULL, false, false, NULL, SRIOV_KINDS },
	{ "vf-remove", "vf-remove", REQUESTS("pf"), "0000:06:00.0", NULL, false, false, NULL, SRIOV_KINDS },
	{ "prepare-vgpu", "prepare", REQUESTS("vgpu"), "0000:06:00.4", NULL, false, false, NULL, VGPU_KINDS },
	{ "release-vgpu", "release", REQUESTS("vgpu"), "0000:06:00.4", NULL, false, false, NULL, VGPU_KINDS },
	{ "reconcile-vgpu", "reconcile", REQUESTS("vgpu"), "0000:06:00.4", NULL, false, false, NULL,
	  VGPU_KINDS },
	{ "test", "test", REQUESTS("npu"), TESTED, NULL, false, false, NULL,
	  REQUESTS("EIO", "ENOMEM", "ENOSPC", "ENODEV", "kill", "unplug", "hang") },
};
const size_t story_count = sizeof(stories) / sizeof(stories[0]);

/* One injection. */
struct trial {
	const struct story *story;
	const struct kind *kind;
	char xml[2048], other_xml[2048];
	char original[HOST_TEXT_LEN]; /* how the host looked before the story */
	char ready[HOST_TEXT_LEN];    /* and how it must look after a prepare that succeeded */
	char begun[HOST_TEXT_LEN];    /* right before the fault */
	char fresh[128];	      /* what the host says of a victim that was plugged in anew, else "" */
	struct happening happening;
	struct finding *finding;
};

static bool acts(const struct trial *t, const char *act)
{
	return strcmp(t->story->act, act) == 0;
}

__attribute__((format(printf, 2, 3))) static void complain(struct trial *t, const char *format, ...)
{
	size_t used = strlen(t->finding->text);
	va_list args;

	va_start(args, format);
	vsnprintf(t->finding->text + used, sizeof(t->finding->text) - used, format, args);
	va_end(args);
}

static void write_xml(char domain, const char *const *requests, char *buf, size_t size)
{
	size_t used;

	snprintf(buf, size,
		 "<domain type='qemu'><name>vm%c</name><uuid>" UUID_BUT_ONE "%c</uuid>"
		 "<memory unit='KiB'>262144</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>"
		 "<devices><emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>"
		 "<input type='evdev'><source dev='/dev/vfio/vfio'/></input>",
		 domain, domain);
	for (const char *const *request = requests; request && *request; request++) {
		used = strlen(buf);
		snprintf(buf + used, size - used,
			 "<input type='passthrough' bus='virtio'><source "
			 "evdev='/dev/pcitag/vm%c/%s'/></input>",
			 domain, *request);
	}
	used = strlen(buf);
	snprintf(buf + used, size - used, "</devices></domain>");
}

/* ---- acts ------------------------------------------------------------------------------------------ */

/* @act: prepare, release or reconcile; @xml: of the domain. */
static void run_act(const char *act, const char *xml, bool short_lived, const struct fault *fault,
		    struct run *run)
{
	const char *const hook[] = { ENGINE, "hook", "vm", act, "begin", "-", NULL };
	const char *const verb[] = { ENGINE, act, NULL };
	const char *const test[] = { "/usr/sbin/pcitag", "test", TESTED, NULL };
	bool is_test = strcmp(act, "test") == 0, is_verb = is_test || strcmp(act, "reconcile") == 0;

	inject_run(&(struct program){ is_test	? test
				      : is_verb ? verb
						: hook,
				      is_verb ? NULL : xml, short_lived },
		   fault, run);
}

static void must_end(struct trial *t, const struct run *run, bool good, const char *act, const char *when)
{
	if (run->overdue || !good)
		complain(t, "%s: %s: %s (wait status %#x): %s\n", when, act,
			 run->overdue ? "does not end" : "not as it must", (unsigned)run->status,
			 run->errors);
}

static void must_succeed(struct trial *t, const char *act, const char *xml, const char *when)
{
	struct run run;

	run_act(act, xml, false, NULL, &run);
	must_end(t, &run, run.status == 0, act, when);
}

/* By a daemon that is gone when this returns. */
static void must_prepare_and_die(struct trial *t, const char *xml, const char *when)
{
	struct run run;

	run_act("prepare", xml, true, NULL, &run);
	must_end(t, &run, run.status == 0, "prepare", when);
}

static void must_be_refused(struct trial *t, const char *when)
{
	struct run run;

	run_act("prepare", t->xml, false, NULL, &run);
	must_end(t, &run, WIFEXITED(run.status) && WEXITSTATUS(run.status) == 1, "prepare", when);
}

/* The line that is about the victim, but for its group. */
static void find_victim(const struct trial *t, const char *look, char *line, size_t size, int *group)
{
	const char *begin = strstr(look, t->story->victim), *end = begin ? strstr(begin, " group=") : NULL;

	line[0] = '\0';
	*group = 0;
	if (!end)
		return;
	snprintf(line, size, "%.*s", (int)(end - begin), begin);
	*group = atoi(end + strlen(" group="));
}

static void plug_in(const struct trial *t)
{
	char line[128];
	int group;

	find_victim(t, t->original, line, sizeof(line), &group);
	if (t->kind->replugs)
		snprintf(line, sizeof(line), "replug %s group=%d\n", t->story->victim, group);
	else
		snprintf(line, sizeof(line), "add %s\n", t->story->victim);
	host_tell(line);
}

/* ---- what must be true ------------------------------------------------------------------------------ */

static void must_look(struct trial *t, const char *except, const char *when)
{
	char now[HOST_TEXT_LEN], difference[2048];

	host_look(now);
	host_compare(t->original, now, except, difference, sizeof(difference));
	if (difference[0])
		complain(t, "%s: the host differs (- expected, + found):\n%s", when, difference);
}

/* What was plugged in anew is the host's, whatever was done to the one before. */
static void must_be_fresh(struct trial *t, const char *when)
{
	char now[HOST_TEXT_LEN], line[128];
	int group;

	host_look(now);
	find_victim(t, now, line, sizeof(line), &group);
	if (strcmp(line, t->fresh) != 0 || group != REPLUGGED_GROUP)
		complain(t, "%s: the new function is not the host's: %s group=%d, not %s group=%d\n", when,
			 line, group, t->fresh, REPLUGGED_GROUP);
}

static bool left_over(const struct run *run)
{
	return WIFEXITED(run->status) && WEXITSTATUS(run->status) == LEFT_OVER;
}

/* One line, no longer than libvirt's user can read. */
static bool is_message(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= MESSAGE_MAX && strchr(text, '\n') == text + len - 1;
}

/* The fault hit the message itself. */
static bool was_silenced(const struct run *run)
{
	return strncmp(run->call, "write(/memfd:errors", strlen("write(/memfd:errors")) == 0;
}

/* How the run itself must end, whatever went wrong in it. */
static void check_end(struct trial *t, const struct run *run)
{
	bool was_killed =
		t->kind->fault == FAULT_KILL && WIFSIGNALED(run->status) && WTERMSIG(run->status) == SIGKILL;

	if (run->overdue) {
		complain(t, "%s did not end\n", t->story->act);
	} else if (WIFSIGNALED(run->status) && !was_killed) {
		complain(t, "%s died of signal %d: %s\n", t->story->act, WTERMSIG(run->status), run->errors);
	} else if (WIFEXITED(run->status) && WEXITSTATUS(run->status) != 0) {
		bool left = (acts(t, "reconcile") || acts(t, "test")) && left_over(run);

		if (acts(t, "release") || (WEXITSTATUS(run->status) != 1 && !left))
			complain(t, "%s: exit code %d\n", t->story->act, WEXITSTATUS(run->status));
		if (!left && !is_message(run->errors) && !was_silenced(run))
			complain(t, "%s failed, and its message is no line of its own: \"%s\"\n",
				 t->story->act, run->errors);
	}
}

/* Nothing may have been touched, not even for a while. */
static void check_refusal(struct trial *t, const struct run *run)
{
	if (run->status == 0 && acts(t, "prepare"))
		complain(t, "prepare said 0 to what must be refused\n");
	if (t->kind->fault != FAULT_KILL || t->story->lives)
		must_look(t, t->kind->loses_victim ? t->story->victim : NULL, "after the refusal");
}

/* Success was told: then the guest has all of its devices, as after a start without a fault. */
static void check_success(struct trial *t)
{
	char now[HOST_TEXT_LEN], difference[2048];

	host_look(now);
	host_compare(t->ready, now, NULL, difference, sizeof(difference));
	if (difference[0])
		complain(t, "prepare said 0, but the host is not ready (- expected, + found):\n%s",
			 difference);
}

static bool is_like(const char *look)
{
	char now[HOST_TEXT_LEN];

	host_look(now);
	return strcmp(now, look) == 0;
}

/* All is back but the file of a lease, which could not be removed. */
static bool is_only_noted(const char *difference)
{
	static const char noted[] = "+ /run/pcitag/leases/";

	while (*difference) {
		if (strncmp(difference, noted, strlen(noted)) != 0)
			return false;
		difference += strcspn(difference, "\n");
		difference += *difference == '\n';
	}
	return true;
}

/* Back where it was, or a lease that says why not. */
static void must_be_back_or_quarantined(struct trial *t, const char *except, const char *when)
{
	char now[HOST_TEXT_LEN], difference[2048];

	host_look(now);
	host_compare(t->original, now, except, difference, sizeof(difference));
	if (!is_only_noted(difference) && !host_has_named_quarantine(now))
		complain(t, "%s: neither as it was nor quarantined with a reason:\n%s", when, difference);
}

/*
 * What the run itself has left, before anything helps it: a start that failed has undone what it did, a
 * release has returned what it could, a reconcile as well; or it could not even begin, and nothing has
 * changed. Only a run that was killed owes nothing.
 */
static void check_own_end(struct trial *t, const struct run *run)
{
	if (run->overdue || !WIFEXITED(run->status) || t->kind->fault == FAULT_KILL)
		return;
	if (acts(t, "prepare") && run->status == 0)
		return;
	(void)inject_settle();
	if (is_like(t->begun))
		return;
	must_be_back_or_quarantined(t, t->kind->loses_victim ? t->story->victim : NULL,
				    "before anything else runs");
}

/* ---- one injection ---------------------------------------------------------------------------------- */

/* How it looks is the same for every fault of a story on the same host. */
static void look_when_ready(struct trial *t, const char *when)
{
	static const struct story *seen;
	static const char *seen_host;

	if (t->story->refused || !acts(t, "prepare") || (t->story == seen && t->kind->host == seen_host))
		return;
	must_succeed(t, "prepare", t->xml, when);
	host_look(t->ready);
	must_succeed(t, "release", t->xml, when);
	must_look(t, NULL, when);
	seen = t->story;
	seen_host = t->kind->host;
}

/* Two units have a node of the victim open. */
static void begin_units(struct trial *t, const char *when)
{
	static const char *const holders[] = { "one.service", "two.service" };
	char node[64];

	snprintf(node, sizeof(node), "set %s char=ptp/ptp0@1:7\n", t->story->victim);
	host_tell(node);
	host_units(t->story->stop);
	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		const char *const start[] = { "/usr/sbin/pcitag-units", "start", holders[i], NULL };
		struct run run;

		inject_run(&(struct program){ start, NULL, false }, NULL, &run);
		must_end(t, &run, run.status == 0, holders[i], when);
	}
}

/* The victim is a virtual function of a network card, and is told something. */
static bool has_vf(const struct story *story)
{
	return strcmp(story->requests[0], "vf-nic") == 0;
}

/* Up to where the fault is to be met. */
static void begin(struct trial *t)
{
	static const char when[] = "before";
	int group;

	host_reset();
	if (has_vgpu_story(t->story))
		sriov_add_vgpu();
	if (t->story->stop)
		begin_units(t, when);
	if (has_vf(t->story))
		host_vf();
	if (t->kind->host)
		host_tell(t->kind->host);
	host_look(t->original);
	find_victim(t, t->original, t->fresh, sizeof(t->fresh), &group);
	if (t->story->lives)
		must_prepare_and_die(t, t->other_xml, when);
	else if (t->story->other)
		must_succeed(t, "prepare", t->other_xml, when);
	if (t->story->lives)
		emulator_start(OTHER_NAME, OTHER_UUID);
	host_look(t->original);
	look_when_ready(t, when);
	if (t->story->refused)
		return;
	if (acts(t, "reconcile") || (acts(t, "release") && t->kind->aftermath == AFTER_CRASH))
		must_prepare_and_die(t, t->xml, when);
	else if (acts(t, "release"))
		must_succeed(t, "prepare", t->xml, when);
	host_look(t->begun);
}

/*
 * What is as it was needs no more: no release behind a refusal that touched nothing, no reconcile behind a
 * release that did it all (the second run begins with one anyway).
 * @may_be_left: something hangs or cannot be told, and may stay quarantined
 */
static void recover(struct trial *t, bool may_be_left, const char *when)
{
	struct run run;

	if (t->story->refused && inject_settle() && is_like(t->original))
		return;
	if (t->kind->aftermath == AFTER_RELEASE && !acts(t, "reconcile"))
		must_succeed(t, "release", t->xml, when);
	if (!inject_settle())
		complain(t, "%s: a worker does not end\n", when);
	if (is_like(t->original))
		return;
	/* This one has met no fault: what it leaves needs a reason. */
	if (t->kind->aftermath == AFTER_RELEASE && !acts(t, "reconcile"))
		must_be_back_or_quarantined(t, t->kind->loses_victim ? t->story->victim : NULL,
					    "after a release without a fault");
	run_act("reconcile", NULL, false, NULL, &run);
	must_end(t, &run, run.status == 0 || (may_be_left && left_over(&run)), "reconcile", when);
}

/* What was pulled out of a living guest comes back as a new device, which the kernel gives to its own driver:
 * the lease stays, and of the device it says no more. NULL in stories where the device was not assigned. */
static const char *lent_anew(const struct trial *t)
{
	char line[64];

	snprintf(line, sizeof(line), "%s driver=vfio-pci ", t->story->victim);
	return strstr(t->original, line) ? t->story->victim : NULL;
}

static void check_recovery(struct trial *t, bool applied)
{
	bool is_gone = applied && t->kind->loses_victim;
	bool lasts = applied && (t->kind->lasts || t->kind->fault == FAULT_HANG);

	recover(t, lasts, "recovery");
	if (lasts) {
		must_be_back_or_quarantined(t, NULL, "while it lasts");
		host_tell("release\nclear\n");
		inject_let_go();
		if (!inject_settle())
			complain(t, "a worker that was let go does not end\n");
		recover(t, false, "recovery afterwards");
	}
	must_look(t, is_gone ? t->story->victim : NULL, "after the recovery");
	if (is_gone && t->kind->replugs)
		must_be_fresh(t, "after the recovery");
	if (is_gone) {
		plug_in(t);
		must_look(t, lent_anew(t), "after the device came back");
	}
}

/*
 * A device that hung, or whose reset failed, is out, until another look finds it well: no start
 * would get it. Other faults are not the device's, and leave nothing against it.
 */
static void look_again(struct trial *t, bool applied)
{
	char address[32];
	struct run run;

	while (host_next_unwell(address)) {
		const char *const test[] = { "/usr/sbin/pcitag", "test", address, NULL };

		if ((!applied || t->kind->fault != FAULT_HANG) && !acts(t, "test"))
			complain(t, "%s is not well after a fault that is not its own\n", address);
		inject_run(&(struct program){ test, NULL, false }, NULL, &run);
		must_end(t, &run, run.status == 0, "test", "look again");
		if (run.status != 0)
			return;
	}
}

/* @applied: whether the fault was met */
static void end_well(struct trial *t, bool applied)
{
	static const char when[] = "second run";

	if (t->story->refused && acts(t, "reconcile")) {
		must_succeed(t, "reconcile", NULL, when);
	} else if (t->story->refused) {
		must_be_refused(t, when);
	} else if (acts(t, "test")) {
		must_succeed(t, "test", NULL, when);
	} else if (acts(t, "reconcile")) {
		must_prepare_and_die(t, t->xml, when);
		must_succeed(t, "reconcile", NULL, when);
	} else {
		must_succeed(t, "prepare", t->xml, when);
		must_succeed(t, "release", t->xml, when);
	}
	must_look(t, applied && t->kind->loses_victim ? lent_anew(t) : NULL, "after the second run");
}

/* ---- devices that are kept after their use ------------------------------------------------------------ */

static bool is_kept(const struct story *story)
{
	return strcmp(story->requests[0], "kept-nic") == 0;
}

/* @how: NULL for a cleaning, "--as-is" for none */
static void run_clean(const struct trial *t, const char *how, const struct fault *fault, struct run *run)
{
	const char *const argv[] = { "/usr/sbin/pcitag", "clean", t->story->victim, how, NULL };

	inject_run(&(struct program){ argv, NULL, false }, fault, run);
}

/* Up to where the fault is to be met: a guest has the device, or has had it. */
static void begin_kept(struct trial *t)
{
	static const char when[] = "before";

	host_reset();
	host_keeps();
	host_look(t->original);
	if (acts(t, "release") && t->kind->aftermath == AFTER_CRASH)
		must_prepare_and_die(t, t->xml, when);
	else
		must_succeed(t, "prepare", t->xml, when);
	if (acts(t, "clean"))
		must_succeed(t, "release", t->xml, when);
	if (acts(t, "clean") && !host_is_held(t->story->victim))
		complain(t, "%s: it is not held\n", when);
}

/* Nothing but the run of its unit frees it: not the fault, not what is done after it. */
static void must_be_held(struct trial *t, const char *when)
{
	if (!host_is_held(t->story->victim) && host_erased(t->story->victim) == 0)
		complain(t, "%s: neither held nor erased\n", when);
}

static void recover_kept(struct trial *t)
{
	static const char when[] = "recovery";
	struct run run;

	if (acts(t, "release") && t->kind->aftermath == AFTER_RELEASE)
		must_succeed(t, "release", t->xml, when);
	if (!inject_settle())
		complain(t, "%s: a worker does not end\n", when);
	if (acts(t, "clean"))
		must_be_held(t, "before reconcile");
	run_act("reconcile", NULL, false, NULL, &run);
	must_end(t, &run, run.status == 0, "reconcile", when);
	must_be_held(t, "after reconcile");
	if (!host_is_held(t->story->victim))
		return;
	run_clean(t, NULL, NULL, &run);
	must_end(t, &run, run.status == 0, "clean", when);
}

static void run_kept(struct trial *t, const struct fault *fault, struct run *run)
{
	begin_kept(t);
	if (acts(t, "clean"))
		run_clean(t, NULL, fault, run);
	else
		run_act("release", t->xml, t->kind->aftermath == AFTER_CRASH, fault, run);
	if (run->overdue)
		complain(t, "%s did not end\n", t->story->act);
	/* Success was told: then its unit has run, and it is free. */
	if (acts(t, "clean") && run->status == 0 &&
	    (host_is_held(t->story->victim) || host_erased(t->story->victim) == 0))
		complain(t, "clean said 0, but the device is held, or its unit has not run\n");
	recover_kept(t);
	if (host_is_held(t->story->victim))
		complain(t, "a cleaning without a fault does not free it\n");
	must_succeed(t, "reconcile", NULL, "when it is clean");
	must_look(t, NULL, "when it is clean");
	inject_end();
}

void story_run(const struct story *story, const struct kind *kind, unsigned process, unsigned call,
	       struct run *run, struct finding *finding)
{
	static struct trial t;
	struct fault fault;

	t.story = story;
	t.kind = kind;
	t.finding = finding;
	t.happening = (struct happening){ kind, story->victim };
	fault = kind_fault(&t.happening, process, call);
	finding->text[0] = '\0';
	write_xml(DOMAIN, story->requests, t.xml, sizeof(t.xml));
	write_xml(OTHER, story->other, t.other_xml, sizeof(t.other_xml));
	if (makes_vfs(story)) {
		sriov_run(story, kind, &fault, run, finding);
		return;
	}
	if (is_kept(story)) {
		run_kept(&t, &fault, run);
		return;
	}
	begin(&t);
	run_act(story->act, t.xml, kind->aftermath == AFTER_CRASH, &fault, run);
	check_end(&t, run);
	if (!story->refused && (kind->fault != FAULT_HANG || kind->lasts))
		check_own_end(&t, run);
	if (story->refused)
		check_refusal(&t, run);
	else if (run->status == 0 && acts(&t, "prepare") && !kind->loses_victim)
		check_success(&t);
	check_recovery(&t, run->applied);
	look_again(&t, run->applied);
	end_well(&t, run->applied);
	emulator_end();
	inject_end();
}
