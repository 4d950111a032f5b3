/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/fileio.h"

static int sync_directory(int dirfd, const char *name, struct error *err)
{
	if (fsync(dirfd) < 0)
		return error_set(err, errno, "cannot sync the directory of %s", name);
	return 0;
}

#define NEW_FILE (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)

/*
 * Always creates a new file. In a directory that other users can write to, an existing file with this name
 * may be a FIFO, whose open never returns, or a file that another process already has open.
 */
static int create_temporary(int dirfd, const char *temporary, mode_t mode)
{
	int fd = openat(dirfd, temporary, NEW_FILE | O_CLOEXEC, mode);

	if (fd >= 0 || errno != EEXIST)
		return fd;
	/* It is left over from a crash. */
	if (unlinkat(dirfd, temporary, 0) < 0)
		return -1;
	return openat(dirfd, temporary, NEW_FILE | O_CLOEXEC, mode);
}

/* @like: supplies the owner and group of the file; NULL for those of this process */
static int write_temporary(int dirfd, const char *temporary, const void *data, size_t len, mode_t mode,
			   const struct stat *like, struct error *err)
{
	CLEANUP_CLOSE int fd = create_temporary(dirfd, temporary, mode);

	if (fd < 0)
		return error_set(err, errno, "cannot create %s", temporary);
	/* The owner precedes the mode, because chown(2) clears mode bits. */
	if (like && fchown(fd, like->st_uid, like->st_gid) < 0)
		return error_set(err, errno, "cannot give %s to its owner", temporary);
	if (fchmod(fd, mode) < 0)
		return error_set(err, errno, "cannot set the mode of %s", temporary);
	if (write_all(fd, data, len, err) < 0)
		return error_prefix(err, "%s", temporary);
	if (fsync(fd) < 0)
		return error_set(err, errno, "cannot sync %s", temporary);
	return 0;
}

static int temporary_name(const char *name, char out[static NAME_MAX + 1], struct error *err)
{
	if ((size_t)snprintf(out, NAME_MAX + 1, ".%s.tmp", name) > NAME_MAX)
		return error_set(err, ENAMETOOLONG, "cannot write %s", name);
	return 0;
}

static int write_file(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		      const struct stat *like, struct error *err)
{
	char temporary[NAME_MAX + 1];

	if (temporary_name(name, temporary, err) < 0)
		return -1;
	if (write_temporary(dirfd, temporary, data, len, mode, like, err) < 0)
		goto fail;
	if (renameat(dirfd, temporary, dirfd, name) < 0) {
		(void)error_set(err, errno, "cannot rename %s to %s", temporary, name);
		goto fail;
	}
	return sync_directory(dirfd, name, err);
fail:
	(void)unlinkat(dirfd, temporary, 0);
	return -1;
}

int atomic_file_write(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		      struct error *err)
{
	return write_file(dirfd, name, data, len, mode, NULL, err);
}

int atomic_file_rewrite(int dirfd, const char *name, const void *data, size_t len, const struct stat *like,
			struct error *err)
{
	return write_file(dirfd, name, data, len, like->st_mode & 07777, like, err);
}

void atomic_file_remove_unfinished(int dirfd, const char *name)
{
	char temporary[NAME_MAX + 1];

	if (temporary_name(name, temporary, NULL) == 0)
		(void)unlinkat(dirfd, temporary, 0);
}

int atomic_file_remove(int dirfd, const char *name, struct error *err)
{
	atomic_file_remove_unfinished(dirfd, name);
	if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove %s", name);
	return sync_directory(dirfd, name, err);
}
