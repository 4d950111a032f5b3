/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Has the process that plays libvirt's daemon (beside this file) run a command, as if it had been run here:
 * standard input, output, error and the exit status are ours. One process instead of the shell's twenty.
 *
 * usage: daemon-call REQUESTS DAEMON-PID COMMAND [ARG...]
 * Exits with 137 when the daemon is gone before the command ends. Standard input is read to its end first.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "daemon-call: %s: %s\n", what, strerror(errno));
	return 126;
}

static int copy(int from, int to)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		for (ssize_t done = 0, m; done < n; done += m) {
			m = write(to, buf + done, (size_t)(n - done));
			if (m < 0)
				return -1;
		}
	}
	return (int)n;
}

/*
 * One write of less than a page: requests of calls that run side by side do not mix. The FIFO is open for
 * reading too, and stays open: a daemon that has just begun may not have it yet.
 */
static int ask(const char *requests, int reply, const int files[3], char **command)
{
	char line[4096];
	int len, fd = open(requests, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return fail(requests);
	len = snprintf(line, sizeof(line), "/proc/%d/fd/%d", getpid(), reply);
	for (int i = 0; i < 3; i++)
		len += snprintf(line + len, sizeof(line) - (size_t)len, "\t/proc/%d/fd/%d", getpid(),
				files[i]);
	for (; *command && len < (int)sizeof(line); command++)
		len += snprintf(line + len, sizeof(line) - (size_t)len, "\t%s", *command);
	if (len >= (int)sizeof(line) - 1) {
		errno = E2BIG;
		return fail("request");
	}
	line[len++] = '\n';
	return write(fd, line, (size_t)len) == len ? 0 : fail(requests);
}

/* The exit status, or 137. Our own end of the pipe stays open for the daemon to open it anew. */
static int wait_for(int reply, int daemon)
{
	struct pollfd fds[2] = { { .fd = reply, .events = POLLIN }, { .fd = daemon, .events = POLLIN } };
	char text[16];
	size_t len = 0;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			return fail("poll");
		if (fds[0].revents) {
			ssize_t n = read(reply, text + len, sizeof(text) - 1 - len);

			if (n <= 0)
				return fail("reply");
			len += (size_t)n;
			text[len] = '\0';
			if (strchr(text, '\n'))
				return atoi(text);
		} else if (fds[1].revents) {
			return 137;
		}
	}
}

int main(int argc, char **argv)
{
	static const char *const names[3] = { "in", "out", "err" };
	int files[3], reply[2], daemon, status;

	if (argc < 4) {
		fprintf(stderr, "usage: daemon-call REQUESTS DAEMON-PID COMMAND [ARG...]\n");
		return 2;
	}
	daemon = (int)syscall(SYS_pidfd_open, atoi(argv[2]), 0);
	if (daemon < 0)
		return 137;
	for (int i = 0; i < 3; i++) {
		files[i] = memfd_create(names[i], MFD_CLOEXEC);
		if (files[i] < 0)
			return fail("memfd_create");
	}
	if (copy(STDIN_FILENO, files[0]) < 0 || pipe2(reply, O_CLOEXEC) < 0)
		return fail("standard input");
	status = ask(argv[1], reply[1], files, argv + 3);
	if (status == 0)
		status = wait_for(reply[0], daemon);
	for (int i = 1; i < 3; i++) {
		if (lseek(files[i], 0, SEEK_SET) < 0 || copy(files[i], i) < 0)
			return fail(names[i]);
	}
	return status;
}
