/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* The shell's exit code for a program that cannot be run. */
#define EXIT_NOT_RUN 127

/* Interval between checks for the program's end. */
#define END_POLL_MS 2

/* One of the two outputs. */
struct stream {
	int fd; /* -1 when it has ended */
	char *text;
	size_t len, limit;
};

static _Noreturn void become(char *const argv[], pid_t parent, int out, int complaints)
{
	char *const env[] = { NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* The parent may have died before PR_SET_PDEATHSIG took effect. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || null < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(complaints, STDERR_FILENO) < 0)
		_exit(EXIT_NOT_RUN);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execve(argv[0], argv, env);
	(void)dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_NOT_RUN);
}

/* Reads available data. Data beyond the limit is discarded but counted in len. */
static int take_some(struct stream *stream, struct error *err)
{
	char buf[4096];
	ssize_t n = read(stream->fd, buf, sizeof(buf));
	size_t room = stream->limit > stream->len ? stream->limit - stream->len : 0;
	char *grown;

	if (n < 0)
		return errno == EINTR ? 0 : error_set(err, errno, "cannot read what a program says");
	if (n == 0) {
		(void)close(stream->fd);
		stream->fd = -1;
		return 0;
	}
	if (room > (size_t)n)
		room = (size_t)n;
	if (room) {
		grown = realloc(stream->text, stream->len + room + 1);
		if (!grown)
			return error_set(err, ENOMEM, "cannot keep what a program says");
		stream->text = grown;
		memcpy(grown + stream->len, buf, room);
		grown[stream->len + room] = '\0';
	}
	stream->len += (size_t)n;
	return 0;
}

/* Reads both streams to their end, which the end of the program causes. */
static int listen_to(struct stream streams[static 2], struct deadline deadline, struct error *err)
{
	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		/* poll(2) passes over negative descriptors. */
		struct pollfd fds[] = { { .fd = streams[0].fd, .events = POLLIN },
					{ .fd = streams[1].fd, .events = POLLIN } };
		int n = poll(fds, ARRAY_SIZE(fds), deadline_left(deadline));

		if (n < 0 && errno != EINTR)
			return error_set(err, errno, "cannot wait for a program");
		if (deadline_left(deadline) == 0)
			return CHILD_LATE;
		for (size_t i = 0; n > 0 && i < ARRAY_SIZE(fds); i++) {
			if (fds[i].revents && take_some(&streams[i], err) < 0)
				return -1;
		}
	}
	return 0;
}

/* Starts the program with its outputs in the streams. */
static int start(char *const argv[], struct stream streams[static 2], pid_t *pid, struct error *err)
{
	pid_t parent = getpid();
	int ends[2] = { -1, -1 }, rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ends) && rc == 0; i++) {
		int fds[2] = { -1, -1 };

		if (pipe2(fds, O_CLOEXEC) < 0)
			rc = error_set(err, errno, "cannot make a pipe for %s", argv[0]);
		streams[i].fd = fds[0];
		ends[i] = fds[1];
	}
	if (rc == 0) {
		*pid = fork();
		if (*pid < 0)
			rc = error_set(err, errno, "cannot start %s", argv[0]);
		else if (*pid == 0)
			become(argv, parent, ends[0], ends[1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		cleanup_close_fn(&ends[i]);
	return rc;
}

/* A program that has closed its outputs only has to exit. */
static int await_end(pid_t pid, struct deadline deadline, int *status)
{
	while (waitpid(pid, status, WNOHANG) == 0) {
		if (deadline_left(deadline) == 0)
			return CHILD_LATE;
		sleep_ms(END_POLL_MS);
	}
	return 0;
}

/* Time for a killed program to end. One that waits in the kernel does not end, and is not waited for. */
#define KILLED_MS 500

static void end_killed(pid_t pid)
{
	struct deadline deadline = deadline_in(KILLED_MS);
	int status;

	(void)kill(pid, SIGKILL);
	(void)await_end(pid, deadline, &status);
}

/* Reads to the end, or kills the program, which has been reaped then, unless it hangs in the kernel. */
static int hear_out(pid_t pid, struct stream streams[static 2], struct deadline deadline, struct child *out,
		    struct error *err)
{
	int rc = listen_to(streams, deadline, err), status = 0;

	if (rc == 0)
		rc = await_end(pid, deadline, &status);
	if (rc != 0)
		end_killed(pid);
	out->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (streams[1].text)
		snprintf(out->complaint, sizeof(out->complaint), "%.*s", (int)strcspn(streams[1].text, "\n"),
			 streams[1].text);
	keep_one_line(out->complaint);
	if (rc == 0 && streams[0].len > streams[0].limit)
		rc = error_set(err, EFBIG, "a program says more than %zu bytes", streams[0].limit);
	out->out = TAKE_PTR(streams[0].text);
	out->out_len = streams[0].len;
	return rc;
}

int child_run(char *const argv[], size_t limit, struct deadline deadline, struct child *out,
	      struct error *err)
{
	struct stream streams[2] = { { .fd = -1, .limit = limit }, { .fd = -1, .limit = ERROR_MSG_LEN } };
	pid_t pid = 0;
	int rc;

	*out = (struct child){ 0 };
	rc = start(argv, streams, &pid, err);
	if (rc == 0)
		rc = hear_out(pid, streams, deadline, out, err);
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		cleanup_close_fn(&streams[i].fd);
		free(streams[i].text);
	}
	return rc;
}

void child_clear(struct child *child)
{
	free(child->out);
	*child = (struct child){ 0 };
}

int child_complain(const struct child *child, const char *program, struct error *err)
{
	static const char name[] = "pcitag: ";
	const char *text = child->complaint;

	if (strncmp(text, name, strlen(name)) == 0)
		text += strlen(name);
	if (*text == '\0')
		return error_set(err, 0, "%s ended with code %d and did not say why", program,
				 child->exit_code);
	return error_set(err, 0, "%s", text);
}
