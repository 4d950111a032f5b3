/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/deadline.h"

/* flock(2) cannot wait with a limit; the lock is held for milliseconds, so asking again soon is cheap. */
#define RETRY_MS 5

static void write_holder(int fd)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	/* Only for the message of somebody who waits: failing to write it is no reason to fail. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)len, 0);
}

static int time_is_up(int fd, const char *name, int timeout_ms, struct error *err)
{
	char holder[32];
	ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);

	holder[n > 0 ? n : 0] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
	return error_set(err, ETIMEDOUT, "waited %d ms for the lock file %s, held by process %s", timeout_ms,
			 name, holder[0] ? holder : "(unknown)");
}

int lock_file_take(int dirfd, const char *name, int timeout_ms, int *fd, struct error *err)
{
	struct deadline deadline = deadline_in(timeout_ms);
	CLEANUP_CLOSE int lock = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (lock < 0)
		return error_set(err, errno, "cannot open the lock file %s", name);
	while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_set(err, errno, "cannot take the lock file %s", name);
		if (deadline_left(deadline) == 0)
			return time_is_up(lock, name, timeout_ms, err);
		sleep_ms(RETRY_MS);
	}
	write_holder(lock);
	*fd = take_fd(&lock);
	return 0;
}
