/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/lock_file.h"

#include <errno.h>
#include <fcntl.h>

#include "base/deadline.h"

/* fcntl(2) has no timeout: polls, at a short interval as long as a lock is usually held, then a long one. */
#define SOON_MS 1
#define SOON_TRIES 50
#define LATER_MS 5

static struct flock one_byte(short type, off_t byte)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
}

int lock_file_open(int dirfd, const char *name, int *fd, struct error *err)
{
	*fd = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0)
		return error_set(err, errno, "cannot open the lock file %s", name);
	return 0;
}

pid_t lock_file_holder(int fd, off_t byte)
{
	struct flock lock = one_byte(F_WRLCK, byte);

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid;
}

int lock_file_take(int fd, off_t byte, int timeout_ms, pid_t *holder, struct error *err)
{
	struct deadline deadline = deadline_in(timeout_ms);
	struct flock lock = one_byte(F_WRLCK, byte);
	unsigned tries = 0;

	while (fcntl(fd, F_SETLK, &lock) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return error_set(err, errno, "cannot take a lock");
		if (deadline_left(deadline) == 0) {
			*holder = lock_file_holder(fd, byte);
			return LOCK_FILE_BUSY;
		}
		sleep_ms(tries++ < SOON_TRIES ? SOON_MS : LATER_MS);
	}
	return 0;
}

void lock_file_drop(int fd, off_t byte)
{
	struct flock lock = one_byte(F_UNLCK, byte);

	(void)fcntl(fd, F_SETLK, &lock);
}
