/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_ROOM 4096

int read_fd_all(int fd, size_t limit, char **out, size_t *len, struct error *err)
{
	CLEANUP_FREE char *buf = NULL;
	size_t room = 0, used = 0;
	ssize_t n;

	do {
		/* One byte beyond the limit is read: it distinguishes "just fits" from "too long". */
		if (used + 1 >= room) {
			char *grown;

			/* Double, but at most limit + 1 bytes and the NUL. */
			room = room ? room * 2 : FIRST_ROOM;
			room = room - 2 > limit ? limit + 2 : room;
			grown = realloc(buf, room);
			if (!grown)
				return error_set(err, ENOMEM, "cannot hold %zu bytes of input", room);
			buf = grown;
		}
		n = TEMP_FAILURE_RETRY(read(fd, buf + used, room - used - 1));
		if (n < 0)
			return error_set(err, errno, "read failed");
		used += (size_t)n;
		if (used > limit)
			return error_set(err, EFBIG, "more than %zu bytes", limit);
	} while (n > 0);
	buf[used] = '\0';
	*out = TAKE_PTR(buf);
	if (len)
		*len = used;
	return 0;
}

/* O_NONBLOCK: opening a FIFO that another user placed there must not wait for a writer. */
static int open_for_reading(int dirfd, const char *path)
{
	return openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

int read_file_at(int dirfd, const char *path, size_t limit, char **out, size_t *len, struct error *err)
{
	CLEANUP_CLOSE int fd = open_for_reading(dirfd, path);

	if (fd < 0)
		return error_set(err, errno, "cannot read %s", path);
	if (read_fd_all(fd, limit, out, len, err) != 0)
		return error_prefix(err, "cannot read %s", path);
	return 0;
}

int read_file_if_any(const char *path, size_t limit, char **out, struct error *err)
{
	struct error cause;

	if (read_file_at(AT_FDCWD, path, limit, out, NULL, &cause) == 0)
		return 0;
	if (cause.code == ENOENT)
		return FILE_ABSENT;
	return error_pass(err, &cause);
}

int read_table(const char *dir, const char *name, size_t limit, char **out, struct error *err)
{
	char path[PATH_MAX];

	*out = NULL;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return read_file_if_any(path, limit, out, err) < 0 ? -1 : 0;
}

DIR *opendir_at(int dirfd, const char *path)
{
	CLEANUP_CLOSE int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		(void)take_fd(&fd);
	return dir;
}

size_t read_start_at(int dirfd, const char *path, char *buf, size_t size)
{
	CLEANUP_CLOSE int fd = open_for_reading(dirfd, path);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

int write_all(int fd, const void *data, size_t len, struct error *err)
{
	const char *next = data;

	while (len > 0) {
		ssize_t n = TEMP_FAILURE_RETRY(write(fd, next, len));

		if (n < 0)
			return error_set(err, errno, "write failed");
		if (n == 0)
			return error_set(err, EIO, "write failed: nothing was taken");
		next += n;
		len -= (size_t)n;
	}
	return 0;
}

int directory_next(DIR *dir, const struct dirent **entry, struct error *err)
{
	errno = 0;
	*entry = readdir(dir);
	if (!*entry && errno)
		return error_set(err, errno, "cannot read on in a directory");
	return 0;
}

int directory_open_roots(int parent, const char *name, bool create, const char *of, int *out,
			 struct error *err)
{
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	if (create && mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot create the directory %s for %s", name, of);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !create)
		return FILE_ABSENT;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open the directory %s of %s", name, of);
	if (st.st_uid != 0 || (st.st_mode & 022))
		return error_set(err, 0, "%s must be owned by root and writable by root only", name);
	*out = take_fd(&fd);
	return 0;
}

int directory_open_without_links(const char *path, int *fd, struct error *err)
{
	const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				      .resolve = RESOLVE_NO_SYMLINKS };

	*fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (*fd >= 0)
		return 0;
	if (errno == ELOOP)
		return error_set(err, 0,
				 "cannot open the directory %s: a symbolic link is in the path; write the "
				 "path without it",
				 path);
	return error_set(err, errno, "cannot open the directory %s", path);
}
