/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/installed_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fileio.h"

/* pcitag's hook is a static program of a few hundred KiB. */
#define HOOK_MAX ((size_t)16 << 20)
#define MARK "pcitag: domain '%.256s'"

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

static bool equals_file(const char *text, size_t len, const char *original)
{
	CLEANUP_FREE char *other = NULL;
	size_t other_len;

	return read_file_at(AT_FDCWD, original, HOOK_MAX, &other, &other_len, NULL) == 0 &&
	       len == other_len && memcmp(text, other, len) == 0;
}

int installed_hook_read(const char *path, const char *original, struct installed_hook *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct stat st, entry;
	size_t len;

	if (lstat(path, &entry) < 0 || stat(path, &st) < 0)
		return errno == ENOENT ? INSTALLED_FILE_ABSENT
				       : error_set(err, errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return INSTALLED_FILE_ABSENT; /* libvirt runs files only */
	if (read_file_at(AT_FDCWD, path, HOOK_MAX, &text, &len, err) < 0)
		return -1;
	*out = (struct installed_hook){
		.is_ours = memmem(text, len, MARK, strlen(MARK)) != NULL,
		.is_link = S_ISLNK(entry.st_mode),
		.is_executable = (st.st_mode & 0100) != 0,
		.is_current = equals_file(text, len, original),
		.changed_ms = (int64_t)entry.st_ctim.tv_sec * 1000 + entry.st_ctim.tv_nsec / 1000000,
	};
	return 0;
}
