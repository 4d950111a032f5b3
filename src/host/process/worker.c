/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/fileio.h"

struct outcome {
	int rc;
	struct error err;
};

/* The outcome must reach the parent in one piece. Writes of up to PIPE_BUF bytes are atomic (pipe(7)). */
_Static_assert(sizeof(struct outcome) <= 4096, "an outcome fits in PIPE_BUF");

static void point_at_null(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		(void)dup2(null, fd);
}

static _Noreturn void child(pid_t parent, int result, worker_fn *work, const void *arg)
{
	struct outcome outcome = { 0 };

	/* The parent may have died before the kernel recorded this request. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	(void)signal(SIGPIPE, SIG_IGN);
	point_at_null();
	outcome.rc = work(arg, &outcome.err);
	(void)!write(result, &outcome, sizeof(outcome));
	_exit(0);
}

int worker_start(struct worker *worker, worker_fn *work, const void *arg, struct error *err)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	*worker = (struct worker){ .result = -1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe for a worker");
	pid = fork();
	if (pid < 0) {
		(void)error_set(err, errno, "cannot start a worker");
		(void)close(ends[0]);
		(void)close(ends[1]);
		return -1;
	}
	if (pid == 0) {
		(void)close(ends[0]);
		child(parent, ends[1], work, arg);
	}
	(void)close(ends[1]);
	*worker = (struct worker){ .pid = pid, .result = ends[0] };
	return 0;
}

/* Delay before the next attempt when the kernel cannot wait (poll(2), ENOMEM). */
#define RETRY_MS 5

/* Returns true when the worker has an outcome or has ended, false when the time is up. */
static bool wait_until(int fd, struct deadline deadline)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	for (;;) {
		int n = poll(&pollfd, 1, deadline_left(deadline));

		if (n > 0)
			return true;
		if (n == 0 || deadline_left(deadline) == 0)
			return false;
		/* Returning now would report a working worker as stuck. */
		sleep_ms(RETRY_MS);
	}
}

int worker_wait(struct worker *worker, struct deadline deadline, struct error *err)
{
	struct outcome outcome;
	pid_t pid = worker->pid;
	bool has_ended = wait_until(worker->result, deadline);
	ssize_t n = has_ended ? read(worker->result, &outcome, sizeof(outcome)) : -1;

	(void)close(worker->result);
	worker->result = -1;
	if (!has_ended)
		return WORKER_STUCK;
	(void)waitpid(pid, NULL, 0);
	worker->pid = 0;
	if (n != (ssize_t)sizeof(outcome))
		return error_set(err, 0, "worker %d died before it was done", (int)pid);
	if (outcome.rc != 0 && err)
		*err = outcome.err;
	return outcome.rc;
}

bool worker_has_ended(const struct worker *worker, int ms)
{
	return wait_until(worker->result, deadline_in(ms));
}

bool worker_is_waiting(const struct worker *worker)
{
	char path[32], text[128];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)worker->pid);
	(void)read_start_at(AT_FDCWD, path, text, sizeof(text));
	state = strrchr(text, ')');
	return !state || state[1] != ' ' || state[2] != 'R';
}

void worker_abandon(struct worker *worker)
{
	(void)close(worker->result);
	worker->result = -1;
	(void)kill(worker->pid, SIGKILL);
	/* The worker has already ended, unless it waits in the kernel. */
	(void)waitpid(worker->pid, NULL, WNOHANG);
}
