/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/domain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/fileio.h"
#include "model/lease/domain.h"

/* Opens the directory of the path. Symbolic links in it are refused. */
static int open_directory(struct domain_file *file, struct error *err)
{
	char directory[PATH_MAX];
	size_t len = (size_t)(file->name - file->path);

	if (len >= sizeof(directory))
		return error_set(err, ENAMETOOLONG, "cannot open %.200s", file->path);
	if (len == 0)
		strcpy(directory, ".");
	else
		snprintf(directory, sizeof(directory), "%.*s", (int)len, file->path);
	return directory_open_without_links(directory, &file->dir, err);
}

int domain_file_open(const char *path, struct domain_file *out, struct error *err)
{
	const char *slash = strrchr(path, '/');

	*out = DOMAIN_FILE_CLOSED;
	out->path = path;
	out->name = slash ? slash + 1 : path;
	if (!out->name[0])
		return error_set(err, EISDIR, "cannot open %s", path);
	if (open_directory(out, err) < 0)
		return -1;
	if (flock(out->dir, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK
		       ? error_set(err, 0,
				   "%s: another process is changing a file of its directory: try again", path)
		       : error_set(err, errno, "cannot lock the directory of %s", path);
}

void domain_file_close(struct domain_file *file)
{
	if (file->dir >= 0)
		(void)close(file->dir);
	*file = DOMAIN_FILE_CLOSED;
}

char *domain_file_read(struct domain_file *file, struct error *err)
{
	CLEANUP_CLOSE int fd =
		openat(file->dir, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	if (fd < 0 && errno == ELOOP)
		(void)error_set(err, 0, "%s is a symbolic link; give the path of the file itself",
				file->path);
	else if (fd < 0 || fstat(fd, &file->like) < 0)
		(void)error_set(err, errno, "cannot open %s", file->path);
	else if (!S_ISREG(file->like.st_mode))
		(void)error_set(err, 0, "%s is not a regular file", file->path);
	else if (read_fd_all(fd, DOMAIN_XML_MAX, &text, &len, err) < 0)
		(void)error_prefix(err, "%s", file->path);
	else if (memchr(text, '\0', len))
		(void)error_set(err, 0, "%s: the domain XML has a NUL byte in it", file->path);
	else
		return text;
	free(text);
	return NULL;
}

int domain_file_write(const struct domain_file *file, const char *text, struct error *err)
{
	return atomic_file_rewrite(file->dir, file->name, text, strlen(text), &file->like, err);
}
