/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs an unmodified program and lets one of its system calls go wrong. The program and
 * every process it makes are traced (ptrace(2), with a seccomp filter so that only the
 * calls in calls.c stop). Processes are numbered in the order of their birth, 0 is the program itself;
 * calls are numbered for each process, from 1, and the first one behind main()'s umask(2):
 * what the dynamic loader does before is not ours.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <stdbool.h>
#include <sys/types.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_ERROR, /* the call fails with @error and has no effect */
	FAULT_SHORT, /* a write takes half of what it is given */
	FAULT_HANG,  /* the process stays in the call until inject_let_go() */
	FAULT_KILL,  /* SIGKILL before the call has an effect */
	FAULT_EVENT, /* event() happens before the call, which then goes on */
};

struct fault {
	enum fault_kind kind;
	int error;
	unsigned process, call;
	/* Other calls than these are not met, and not counted. @path: as call_path() has it; NULL: all are
	 * met */
	bool (*meets)(const char *call, const char *path);
	/*
	 * FAULT_HANG with @meets: what did not answer once answers nobody any more until inject_let_go(), in
	 * later runs neither: a file, or all that /proc has about a process. Other faults last by what
	 * event() does.
	 */
	bool lasts;
	void (*event)(const void *arg);
	const void *arg;
	/*
	 * FAULT_HANG: makes this access hang where a signal does not end it, and says whether it can; when it
	 * cannot, the process is stopped instead, which SIGKILL ends.
	 * @data: what is written, NULL for a read
	 * @lasts: as above
	 */
	bool (*hang)(const char *path, const char *data, bool lasts);
};

struct program {
	const char *const *argv; /* argv[0] is the whole path */
	const char *input;	 /* its stdin */
	bool short_lived;	 /* its parent is a process that ends with it, instead of this one */
};

struct run {
	bool reached;	    /* there was such a call ... */
	bool applied;	    /* ... and the fault could happen to it */
	unsigned processes; /* how many there were, the program among them */
	bool overdue;	    /* did not end in time and was killed */
	int status;	    /* of the program, as waitpid(2) has it */
	char call[512];	    /* what was hit */
	char errors[2048];  /* what it said on stderr */
};

/* To be called once: this process becomes the parent of every orphan. */
void inject_begin(void);

/* Runs to the end of the program; processes it leaves behind go on. Without a fault, when none lasts, it is
 * not traced. */
void inject_run(const struct program *program, const struct fault *fault, struct run *run);

/* Waits for every traced process that does not hang. False when they do not end in time. */
bool inject_settle(void);

/* Hanging calls are made now. */
void inject_let_go(void);

/* Kills what is left. */
void inject_end(void);

#endif
