/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/config/registry_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/atomic_file.h"
#include "base/fileio.h"
#include "host/config/ini_file.h"
#include "host/config/registry_ini.h"

static int make_directory(const char *path, struct error *err)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot create %s", path);
	return 0;
}

int registry_file_make_directories(const char *etc_dir, struct error *err)
{
	char path[REGISTRY_PATH_LEN];

	if ((size_t)snprintf(path, sizeof(path), "%s/" REGISTRY_DIR, etc_dir) >= sizeof(path))
		return error_set(err, 0, "%s: the path is too long; choose a shorter one", etc_dir);
	return make_directory(etc_dir, err) < 0 ? -1 : make_directory(path, err);
}

/* The path may be a link, since only its owner can have created it. The checks apply to the link's target. */
static int open_directory(const char *path, int *fd, struct error *err)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return error_set(err, errno, "cannot open %s", path);
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, 0, "%s must be owned by root and writable by root only", path);
	return 0;
}

static int read_text(struct registry_file *file, struct error *err)
{
	CLEANUP_CLOSE int fd = -1;

	if (fstatat(file->dir, file->name, &file->st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		return error_set(err, errno, "cannot read %s", file->path);
	}
	if (S_ISLNK(file->st.st_mode))
		return error_set(
			err, 0,
			"%s is a link, and a file would take its place; edit by hand what it leads to",
			file->path);
	fd = openat(file->dir, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &file->st) < 0)
		return error_set(err, errno, "cannot read %s", file->path);
	if (!S_ISREG(file->st.st_mode))
		return error_set(err, 0, "%s is not a regular file; put a text file there or remove it",
				 file->path);
	if (read_fd_all(fd, INI_FILE_LIMIT, &file->text, &file->len, err) < 0)
		return error_prefix(err, "cannot read %s", file->path);
	file->exists = true;
	return 0;
}

int registry_file_open(const char *etc_dir, const char *file, struct registry_file *out, struct error *err)
{
	char directory[REGISTRY_PATH_LEN];
	const char *slash;

	*out = REGISTRY_FILE_CLOSED;
	if ((size_t)snprintf(out->path, sizeof(out->path), "%s/%s", etc_dir, file) >= sizeof(out->path))
		return error_set(err, 0,
				 "%s/%s: the path is longer than %zu characters; choose a shorter name",
				 etc_dir, file, sizeof(out->path) - 1);
	slash = strrchr(out->path, '/');
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - out->path), out->path);
	snprintf(out->name, sizeof(out->name), "%s", slash + 1);
	if (open_directory(directory, &out->dir, err) < 0)
		return -1;
	return read_text(out, err);
}

void registry_file_close(struct registry_file *file)
{
	if (file->dir >= 0)
		(void)close(file->dir);
	free(file->text);
	*file = REGISTRY_FILE_CLOSED;
}

/* Editors do not use the lock: a change before this check is detected, one before the rename is lost. */
static int check_unchanged(const struct registry_file *file, struct error *err)
{
	const struct stat *old = &file->st;
	struct stat now;
	bool exists = fstatat(file->dir, file->name, &now, AT_SYMLINK_NOFOLLOW) == 0;

	if (exists == file->exists && (!exists || (now.st_ino == old->st_ino && now.st_size == old->st_size &&
						   now.st_mtim.tv_sec == old->st_mtim.tv_sec &&
						   now.st_mtim.tv_nsec == old->st_mtim.tv_nsec)))
		return 0;
	return error_set(err, 0, "%s was changed meanwhile; try again", file->path);
}

int registry_file_write(const struct registry_file *file, const char *text, size_t len, struct error *err)
{
	int rc = check_unchanged(file, err);

	if (rc < 0)
		return -1;
	rc = file->exists ? atomic_file_rewrite(file->dir, file->name, text, len, &file->st, err)
			  : atomic_file_write(file->dir, file->name, text, len, 0644, err);
	return rc < 0 ? error_prefix(err, "cannot write %s", file->path) : 0;
}

int registry_file_remove(const struct registry_file *file, struct error *err)
{
	if (check_unchanged(file, err) < 0)
		return -1;
	if (atomic_file_remove(file->dir, file->name, err) < 0)
		return error_prefix(err, "cannot remove %s", file->path);
	return 0;
}
