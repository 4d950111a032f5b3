/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/watch/directory_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/fileio.h"

/* What happens to the files in a directory, and to itself. The same everywhere: a second watch of a directory
 * replaces the mask of the first. */
#define MASK                                                                                     \
	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_DELETE_SELF | \
	 IN_MOVE_SELF | IN_ONLYDIR)
#define ENDS (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)

/* Other processes may make and remove directories meanwhile; then the next event leads here again. */
#define ATTEMPTS 8

/* Watches the first @len bytes of the path. Returns 0, or an errno value. */
static int watch_part(struct directory_watch *watch, struct watched_directory *directory, size_t len)
{
	char part[PATH_MAX];

	if ((size_t)snprintf(part, sizeof(part), "%.*s", len ? (int)len : 1, directory->path) >= sizeof(part))
		return ENAMETOOLONG;
	directory->wd = inotify_add_watch(watch->fd, part, MASK);
	directory->len = len;
	return directory->wd < 0 ? errno : 0;
}

/* Length of the path up to the directory above the part of @len bytes; 0 is the root. */
static size_t above(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

/* Length of the path down to the next directory below that part. */
static size_t below(const char *path, size_t len)
{
	return len + 1 + strcspn(path + len + 1, "/");
}

static bool exists(const char *path, size_t len)
{
	char part[PATH_MAX];
	struct stat st;

	return (size_t)snprintf(part, sizeof(part), "%.*s", (int)len, path) < sizeof(part) &&
	       stat(part, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_watched_by_others(const struct directory_watch *watch, int wd)
{
	for (size_t i = 0; i < watch->count; i++) {
		if (watch->directories[i].wd == wd)
			return true;
	}
	return false;
}

/* Watches the directory, or the nearest one above it. */
static int arm(struct directory_watch *watch, struct watched_directory *directory, struct error *err)
{
	size_t whole = strlen(directory->path);
	int before = directory->wd, rc = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		size_t len = whole;

		while ((rc = watch_part(watch, directory, len)) == ENOENT && len > 0)
			len = above(directory->path, len);
		if (rc != 0 || len == whole || !exists(directory->path, below(directory->path, len)))
			break;
	}
	directory->refused = rc == EACCES || rc == EPERM ? rc : 0;
	if (before >= 0 && !is_watched_by_others(watch, before))
		(void)inotify_rm_watch(watch->fd, before);
	if (rc == 0 || directory->refused || rc == ENOTDIR)
		return 0;
	return error_set(err, rc, "cannot watch %s", directory->path);
}

int directory_watch_open(const char *const *paths, size_t count, struct directory_watch *out,
			 struct error *err)
{
	*out = DIRECTORY_WATCH_CLOSED;
	out->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (out->fd < 0)
		return error_set(err, errno, "cannot watch directories");
	for (size_t i = 0; i < count && i < DIRECTORY_WATCH_MAX; i++) {
		out->directories[i] = (struct watched_directory){ .path = paths[i], .wd = -1 };
		out->count = i + 1;
		if (arm(out, &out->directories[i], err) < 0)
			return -1;
	}
	return 0;
}

void directory_watch_close(struct directory_watch *watch)
{
	if (watch->fd >= 0)
		(void)close(watch->fd);
	*watch = DIRECTORY_WATCH_CLOSED;
}

/* True when the event is about the next directory on the way to one that is missing. */
static bool leads_to(const struct watched_directory *directory, const struct inotify_event *event)
{
	const char *next = directory->path + directory->len + 1;
	size_t len = strcspn(next, "/");

	return event->len && strlen(event->name) == len && strncmp(event->name, next, len) == 0;
}

static int take(struct directory_watch *watch, const struct inotify_event *event, struct error *err)
{
	if (event->mask & IN_Q_OVERFLOW)
		watch->has_overflowed = true;
	for (size_t i = 0; i < watch->count; i++) {
		struct watched_directory *directory = &watch->directories[i];
		bool is_whole = directory->path[directory->len] == '\0';

		if (directory->wd != event->wd && !(event->mask & IN_Q_OVERFLOW))
			continue;
		if (is_whole && !(event->mask & (ENDS | IN_Q_OVERFLOW))) {
			directory->has_changed = true;
			continue;
		}
		if (!(event->mask & (ENDS | IN_Q_OVERFLOW)) && !leads_to(directory, event))
			continue;
		directory->has_changed = true;
		if (arm(watch, directory, err) < 0)
			return -1;
	}
	return 0;
}

int directory_watch_read(struct directory_watch *watch, struct error *err)
{
	_Alignas(struct inotify_event) char buffer[16384];
	ssize_t len;

	while ((len = read(watch->fd, buffer, sizeof(buffer))) > 0) {
		for (char *at = buffer; at < buffer + len;) {
			const struct inotify_event *event = (const struct inotify_event *)at;

			if (take(watch, event, err) < 0)
				return -1;
			at += sizeof(*event) + event->len;
		}
	}
	return len < 0 && errno != EAGAIN && errno != EINTR
		       ? error_set(err, errno, "cannot read which directories have changed")
		       : 0;
}

/* ---- lists ------------------------------------------------------------------------------------------- */

static bool is_wanted(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return name[0] != '.' && len > end && len < FILE_NAME_LEN && strcmp(name + len - end, suffix) == 0;
}

static int list_file(DIR *dir, const char *name, struct file_list *out, struct error *err)
{
	struct file_entry entry;
	struct stat st;

	/* It may have been removed since. */
	if (fstatat(dirfd(dir), name, &st, 0) < 0)
		return 0;
	entry = (struct file_entry){
		.inode = st.st_ino,
		.modified_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
		.size = st.st_size,
	};
	snprintf(entry.name, sizeof(entry.name), "%s", name);
	return file_list_add(out, &entry, err);
}

int directory_watch_list(const char *path, const char *suffix, struct file_list *out, struct error *err)
{
	CLEANUP_DIR DIR *dir = opendir_at(AT_FDCWD, path);
	const struct dirent *entry;
	int rc = 0;

	*out = (struct file_list){ 0 };
	if (!dir)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES
			       ? 0
			       : error_set(err, errno, "cannot list %s", path);
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (is_wanted(entry->d_name, suffix))
			rc = list_file(dir, entry->d_name, out, err);
	}
	file_list_sort(out);
	return rc < 0 ? error_prefix(err, "%s", path) : 0;
}
