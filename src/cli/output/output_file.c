/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "base/fileio.h"

/* A rename would put a file in the place of /dev/null, or of the link /dev/stdout. */
static int may_replace(int dir, const char *name, const char *path, struct error *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return error_set(err, 0,
				 "cannot write %s: it is there, and not a regular file; name another file",
				 path);
	return 0;
}

int output_file_write(const char *path, const char *text, size_t len, struct error *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char dir_path[PATH_MAX] = ".";
	CLEANUP_CLOSE int dir = -1;

	if (slash && (size_t)snprintf(dir_path, sizeof(dir_path), "%.*s",
				      slash == path ? 1 : (int)(slash - path), path) >= sizeof(dir_path))
		return error_set(err, ENAMETOOLONG, "cannot write %.64s...", path);
	if (!name[0])
		return error_set(err, EISDIR, "cannot write %s", path);
	if (directory_open_without_links(dir_path, &dir, err) < 0 || may_replace(dir, name, path, err) < 0)
		return -1;
	return atomic_file_write(dir, name, text, len, 0644, err);
}
