/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/node_holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/directory.h"

#define DEV_PREFIX "/dev/"

/* What the search is about, on its way through the directories. */
struct search {
	int proc;
	const struct node *nodes;
	size_t count;
};

/* The kernel cuts and pads nothing here, but a command may call itself anything. */
static void copy_printable(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; from[n] && from[n] != '\n' && n + 1 < size; n++)
		to[n] = from[n] >= 0x20 && from[n] < 0x7f ? from[n] : '?';
	to[n] = '\0';
}

static int look_at(int dir, const char *name, struct node *out)
{
	struct statx found;

	if (statx(dir, name, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &found) < 0)
		return -1;
	out->is_character = S_ISCHR(found.stx_mode);
	out->device = out->is_character ? makedev(found.stx_rdev_major, found.stx_rdev_minor)
					: makedev(found.stx_dev_major, found.stx_dev_minor);
	out->inode = found.stx_ino;
	return 0;
}

int node_at(const char *path, struct node *out, struct error *err)
{
	*out = (struct node){ 0 };
	snprintf(out->path, sizeof(out->path), "%s", path);
	if (look_at(AT_FDCWD, path, out) == 0)
		return 0;
	return errno == ENOENT || errno == ENOTDIR ? NODE_ABSENT
						   : error_set(err, errno, "cannot read %s", path);
}

void node_numbered(const char *path, dev_t number, struct node *out)
{
	*out = (struct node){ .is_character = true, .device = number };
	snprintf(out->path, sizeof(out->path), "%s", path);
}

static bool is_same(const struct node *a, const struct node *b)
{
	return a->is_character == b->is_character && a->device == b->device &&
	       (a->is_character || a->inode == b->inode);
}

static const struct node *find_open(const struct search *search, int fds, const char *fd)
{
	char target[sizeof(DEV_PREFIX)] = "";
	struct node open_one;

	/* Cut on purpose: only how it begins counts. */
	if (readlinkat(fds, fd, target, sizeof(target) - 1) < (ssize_t)strlen(DEV_PREFIX) ||
	    strcmp(target, DEV_PREFIX) != 0 || look_at(fds, fd, &open_one) < 0)
		return NULL;
	for (size_t i = 0; i < search->count; i++) {
		if (is_same(&search->nodes[i], &open_one))
			return &search->nodes[i];
	}
	return NULL;
}

/* Returns 0, with *out NULL when the process has ended or we may not look, or -1. */
static int open_fds(const struct search *search, const char *pid, DIR **out, struct error *err)
{
	CLEANUP_CLOSE int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "%.16s/fd", pid);
	fd = openat(search->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*out = fd < 0 ? NULL : fdopendir(fd);
	if (*out)
		(void)take_fd(&fd);
	else if (errno != ENOENT && errno != ESRCH && errno != EACCES)
		return error_set(err, errno, "cannot see what process %.16s has open", pid);
	return 0;
}

static int search_process(const struct search *search, const char *pid, const struct node **found,
			  struct error *err)
{
	const struct dirent *entry;
	DIR *fds;
	int rc = open_fds(search, pid, &fds, err);

	if (rc < 0 || !fds)
		return rc;
	do {
		rc = directory_next(fds, &entry, err);
		if (rc == 0 && entry)
			*found = find_open(search, dirfd(fds), entry->d_name);
	} while (rc == 0 && entry && !*found);
	(void)closedir(fds);
	return rc;
}

static void read_command(const struct search *search, const char *pid, char out[static NODE_COMMAND_LEN])
{
	char path[64], text[64];
	CLEANUP_CLOSE int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%.16s/comm", pid);
	fd = openat(search->proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	copy_printable(out, NODE_COMMAND_LEN, n > 0 ? text : "?");
}

/* 0 for what names no process. */
static pid_t pid_of(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *end == '\0' && pid > 0 ? (pid_t)pid : 0;
}

int node_holders_find(const char *proc, const struct node *nodes, size_t count, struct node_holder *out,
		      struct error *err)
{
	struct search search = { .nodes = nodes, .count = count };
	const struct node *found = NULL;
	const struct dirent *entry;
	DIR *dir;
	int rc;

	if (count == 0)
		return NODE_HOLDERS_NONE;
	dir = opendir(proc);
	if (!dir)
		return error_set(err, errno, "cannot open %s", proc);
	search.proc = dirfd(dir);
	do {
		rc = directory_next(dir, &entry, err);
		out->pid = rc == 0 && entry ? pid_of(entry->d_name) : 0;
		if (out->pid != 0 && out->pid != getpid())
			rc = search_process(&search, entry->d_name, &found, err);
	} while (rc == 0 && entry && !found);
	if (found) {
		read_command(&search, entry->d_name, out->command);
		memcpy(out->node, found->path, sizeof(out->node));
	}
	(void)closedir(dir);
	if (rc < 0)
		return -1;
	return found ? 0 : NODE_HOLDERS_NONE;
}
