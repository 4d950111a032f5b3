/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/installed_hook.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fileio.h"

/* pcitag's hook is a static program of a few hundred KiB. */
#define HOOK_MAX ((size_t)16 << 20)
#define MARK "pcitag: domain '%.256s'"

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
		return errno == ENOENT ? INSTALLED_HOOK_ABSENT
				       : error_set(err, errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return INSTALLED_HOOK_ABSENT; /* libvirt runs files only */
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
