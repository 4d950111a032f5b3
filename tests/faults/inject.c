/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults/inject.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults/calls.h"
#include "faults/start.h"

#define MAX_TRACEES 64
/* More than all deadlines of the programs together; nothing but a mistake takes so long. */
#define OVERDUE_S 20

struct tracee {
	pid_t pid;
	int ordinal; /* -1: its birth has not been reported yet */
	unsigned calls;
	bool counts; /* main() has begun, and it is still our program */
	bool waits;  /* stopped before its birth was reported */
	bool hangs;
};

static struct {
	struct tracee tracees[MAX_TRACEES];
	size_t count;
	int born;
	struct fault fault;
	struct run *run;
	pid_t main, awaited;
	bool main_ended, awaited_ended;
	int awaited_status;
	time_t overdue_at;
	/* What answers nobody any more: how its path begins, "" for nothing; and the fault that says so. */
	char silent[PATH_MAX];
	struct fault lasting;
} state;

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void on_alarm(int signal_number)
{
	(void)signal_number;
}

void inject_begin(void)
{
	const struct itimerval every_second = { { 1, 0 }, { 1, 0 } };
	struct sigaction action = { .sa_handler = on_alarm };

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* So that waitpid(2) comes back now and then, to look at the clock. */
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every_second, NULL);
}

static struct tracee *find_tracee(pid_t pid)
{
	for (size_t i = 0; i < state.count; i++) {
		if (state.tracees[i].pid == pid)
			return &state.tracees[i];
	}
	return NULL;
}

static struct tracee *add_tracee(pid_t pid)
{
	struct tracee *t = &state.tracees[state.count];

	if (state.count == MAX_TRACEES) {
		fprintf(stderr, "faults: too many processes\n");
		abort();
	}
	state.count++;
	*t = (struct tracee){ .pid = pid, .ordinal = -1 };
	return t;
}

static void drop_tracee(struct tracee *t)
{
	*t = state.tracees[--state.count];
}

static void go_on(pid_t pid, int signal_number)
{
	(void)ptrace(PTRACE_CONT, pid, 0L, (long)signal_number);
}

/* The call is not made, and returns @result. */
static void skip_call(pid_t pid, struct user_regs_struct *regs, long result)
{
	regs->orig_rax = (unsigned long long)-1;
	regs->rax = (unsigned long long)result;
	(void)ptrace(PTRACE_SETREGS, pid, 0L, regs);
	go_on(pid, 0);
}

static bool hang_in_kernel(pid_t pid, const struct made_call *made)
{
	char path[PATH_MAX], data[256];

	if (made->call->number != SYS_write && made->call->number != SYS_read)
		return false;
	call_fd_path(pid, (int)made->args[0], path, sizeof(path));
	if (made->call->number == SYS_read)
		return state.fault.hang(path, NULL, state.fault.lasts);
	call_data(pid, made, data, sizeof(data));
	return state.fault.hang(path, data, state.fault.lasts);
}

/* The call is made, and then returns @result: up to its entry and to its exit (ptrace(2), PTRACE_SYSCALL). */
static void replace_result(pid_t pid, long result)
{
	struct user_regs_struct regs;
	int status;

	for (int stop = 0; stop < 2; stop++) {
		if (ptrace(PTRACE_SYSCALL, pid, 0L, 0L) < 0)
			return;
		while (waitpid(pid, &status, __WALL) < 0) {
			if (errno != EINTR)
				return;
		}
		if (!WIFSTOPPED(status))
			return;
	}
	if (ptrace(PTRACE_GETREGS, pid, 0L, &regs) < 0)
		return;
	regs.rax = (unsigned long long)result;
	(void)ptrace(PTRACE_SETREGS, pid, 0L, &regs);
	go_on(pid, 0);
}

/* Whether this call is one for this kind of fault. @path: of what it is about, when fault->meets asks */
static bool is_met(pid_t pid, const struct made_call *made, char path[static PATH_MAX])
{
	const struct fault *fault = &state.fault;

	if (!made->call)
		return false;
	if (made->call->trait == CALL_CLOSES)
		return fault->kind == FAULT_ERROR && (fault->error == EIO || fault->error == ENOSPC);
	if (!fault->meets)
		return true;
	call_path(pid, made, path, PATH_MAX);
	return fault->meets(made->call->name, path);
}

/* From now on it does not answer anybody. */
static void silence(const char *path)
{
	int len = (int)strlen(path);

	if (strncmp(path, "/proc/", 6) == 0)
		len = 6 + (int)strcspn(path + 6, "/") + 1;
	snprintf(state.silent, sizeof(state.silent), "%.*s", len, path);
	state.lasting = state.fault;
	state.lasting.call = 0;
}

static bool is_silent(const char *path)
{
	return state.silent[0] && strncmp(path, state.silent, strlen(state.silent)) == 0;
}

/* The pretend kernel does not answer what is below /sys by itself; the rest stays where it is. */
static bool goes_on_silent(struct tracee *t, const char *path)
{
	t->hangs = true;
	return strncmp(path, "/sys/", 5) == 0;
}

/* Returns whether the process goes on by itself; otherwise it was dealt with. */
static bool apply(struct tracee *t, const struct made_call *made, const char *path,
		  struct user_regs_struct *regs)
{
	const struct fault *fault = &state.fault;

	switch (fault->kind) {
	case FAULT_ERROR:
		if (made->call->trait == CALL_ENDS)
			return true;
		state.run->applied = true;
		if (made->call->trait == CALL_CLOSES)
			replace_result(t->pid, -fault->error);
		else
			skip_call(t->pid, regs, -fault->error);
		return false;
	case FAULT_SHORT:
		if (made->call->trait != CALL_WRITES)
			return true;
		state.run->applied = true;
		regs->rdx /= 2;
		(void)ptrace(PTRACE_SETREGS, t->pid, 0L, regs);
		return true;
	case FAULT_HANG:
		if (made->call->trait == CALL_ENDS)
			return true;
		state.run->applied = true;
		t->hangs = true;
		if (fault->lasts)
			silence(path);
		return hang_in_kernel(t->pid, made);
	case FAULT_KILL:
		state.run->applied = true;
		(void)kill(t->pid, SIGKILL);
		return false;
	case FAULT_EVENT:
		state.run->applied = true;
		fault->event(fault->arg);
		return true;
	case FAULT_NONE:
		break;
	}
	return true;
}

/* A process that waits in the kernel without an end is not ended by SIGKILL. */
static bool is_vain_kill(const struct made_call *made)
{
	const struct tracee *target;

	if (made->call->number != SYS_kill)
		return false;
	target = find_tracee((pid_t)made->args[0]);
	return target && target->hangs;
}

static void on_call(struct tracee *t)
{
	struct user_regs_struct regs;
	struct made_call made;
	char path[PATH_MAX] = "";

	if (ptrace(PTRACE_GETREGS, t->pid, 0L, &regs) < 0)
		return;
	if (regs.orig_rax == SYS_umask)
		t->counts = true;
	made.call = t->counts ? call_find((int)regs.orig_rax) : NULL;
	memcpy(made.args, (unsigned long long[]){ regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9 },
	       sizeof(made.args));
	if (!is_met(t->pid, &made, path)) {
		if (made.call && is_vain_kill(&made))
			skip_call(t->pid, &regs, 0);
		else
			go_on(t->pid, 0);
		return;
	}
	t->calls++;
	if (is_silent(path)) {
		if (!goes_on_silent(t, path))
			return;
	} else if ((unsigned)t->ordinal == state.fault.process && t->calls == state.fault.call) {
		state.run->reached = true;
		call_describe(t->pid, &made, state.run->call, sizeof(state.run->call));
		if (!apply(t, &made, path, &regs))
			return;
	} else if (is_vain_kill(&made)) {
		skip_call(t->pid, &regs, 0);
		return;
	}
	go_on(t->pid, 0);
}

static void on_birth(const struct tracee *parent)
{
	bool counts = parent->counts;
	unsigned long pid = 0;
	struct tracee *t;

	(void)ptrace(PTRACE_GETEVENTMSG, parent->pid, 0L, &pid);
	t = find_tracee((pid_t)pid);
	if (!t)
		t = add_tracee((pid_t)pid);
	t->ordinal = state.born++;
	t->counts = counts;
	if (t->waits)
		go_on(t->pid, 0);
	t->waits = false;
}

static void on_stop(pid_t pid, int status)
{
	struct tracee *t = find_tracee(pid);

	if (!t)
		t = add_tracee(pid);
	switch (status >> 16) {
	case PTRACE_EVENT_SECCOMP:
		on_call(t);
		return;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_birth(t);
		go_on(pid, 0);
		return;
	case PTRACE_EVENT_EXEC:
		/* The first is ours, before main(); a later one is another program. */
		t->counts = false;
		go_on(pid, 0);
		return;
	case PTRACE_EVENT_STOP:
		t->waits = t->ordinal < 0;
		if (!t->waits)
			go_on(pid, 0);
		return;
	default:
		go_on(pid, WSTOPSIG(status));
	}
}

static void on_end(pid_t pid, int status)
{
	struct tracee *t = find_tracee(pid);

	if (t)
		drop_tracee(t);
	if (pid == state.main) {
		state.main_ended = true;
		state.run->status = status;
	}
	if (pid == state.awaited) {
		state.awaited_ended = true;
		state.awaited_status = status;
	}
}

/* One report of one process. False when there is none, or it is too late. */
static bool serve_one(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, __WALL);

	if (pid < 0)
		return errno == EINTR && now() < state.overdue_at;
	if (WIFSTOPPED(status))
		on_stop(pid, status);
	else
		on_end(pid, status);
	return true;
}

bool inject_settle(void)
{
	state.overdue_at = now() + OVERDUE_S;
	for (;;) {
		bool all_hang = true;

		for (size_t i = 0; i < state.count; i++)
			all_hang = all_hang && state.tracees[i].hangs;
		if (all_hang)
			return true;
		if (!serve_one())
			return false;
	}
}

void inject_let_go(void)
{
	state.silent[0] = '\0';
	for (size_t i = 0; i < state.count; i++) {
		if (state.tracees[i].hangs)
			go_on(state.tracees[i].pid, 0);
		state.tracees[i].hangs = false;
	}
}

void inject_end(void)
{
	state.silent[0] = '\0';
	for (size_t i = 0; i < state.count; i++) {
		state.tracees[i].hangs = false;
		(void)kill(state.tracees[i].pid, SIGKILL);
	}
	(void)inject_settle();
	state.count = 0;
}

static void trace(pid_t pid)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

	if (ptrace(PTRACE_SEIZE, pid, 0L, options) < 0) {
		perror("faults: ptrace");
		exit(2);
	}
	add_tracee(pid)->ordinal = state.born++;
}

void inject_run(const struct program *program, const struct fault *fault, struct run *run)
{
	struct started started;

	if (!fault && state.silent[0])
		fault = &state.lasting;
	*run = (struct run){ 0 };
	state.run = run;
	state.fault = fault ? *fault : (struct fault){ 0 };
	/* Processes that an earlier run left behind are counted no more. */
	for (size_t i = 0; i < state.count; i++)
		state.tracees[i].counts = false;
	state.born = 0;
	state.main_ended = state.awaited_ended = false;
	start_program(program, fault != NULL, &started);
	state.main = started.program;
	state.awaited = started.parent ? started.parent : started.program;
	if (fault)
		trace(started.program);
	start_go(&started);
	state.overdue_at = now() + OVERDUE_S;
	while (!state.awaited_ended || (fault && !state.main_ended)) {
		if (serve_one())
			continue;
		run->overdue = true;
		(void)kill(started.program, SIGKILL);
		state.overdue_at = now() + OVERDUE_S;
	}
	run->processes = (unsigned)state.born;
	/* Not traced, and not our own child: what its parent says. */
	if (!fault)
		run->status = state.awaited_status;
	start_collect(&started, run->errors, sizeof(run->errors));
}
