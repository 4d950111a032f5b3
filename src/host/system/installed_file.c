/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/installed_file.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/fileio.h"

int installed_file_read(const char *path, struct installed_file *out, struct error *err)
{
	struct stat st;

	*out = (struct installed_file){ 0 };
	if (lstat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? INSTALLED_FILE_ABSENT
							   : error_set(err, errno, "cannot look at %s", path);
	out->is_link = S_ISLNK(st.st_mode);
	if (out->is_link && stat(path, &st) < 0) {
		if (errno != ENOENT)
			return error_set(err, errno, "cannot look at %s", path);
		out->is_dangling = true;
		return 0;
	}
	out->is_directory = S_ISDIR(st.st_mode);
	out->is_executable = S_ISREG(st.st_mode) && (st.st_mode & 0555) == 0555;
	out->is_roots = st.st_uid == 0 && !(st.st_mode & 022);
	out->device = st.st_dev;
	out->inode = st.st_ino;
	out->changed_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
	return 0;
}

int installed_names(const char *path, installed_name_fn *tell, void *context, struct error *err)
{
	CLEANUP_DIR DIR *dir = opendir(path);
	const struct dirent *entry;
	int rc = 0;

	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot list %s", path);
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (entry->d_name[0] != '.')
			rc = tell(entry->d_name, context);
	}
	return rc;
}
