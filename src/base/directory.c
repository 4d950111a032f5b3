/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

int directory_next(DIR *dir, const struct dirent **entry, struct error *err)
{
	errno = 0;
	*entry = readdir(dir);
	if (!*entry && errno)
		return error_set(err, errno, "cannot read on in a directory");
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
		return error_set(
			err, 0,
			"cannot open the directory %s: a symbolic link is in the path; write the path "
			"without it",
			path);
	return error_set(err, errno, "cannot open the directory %s", path);
}
