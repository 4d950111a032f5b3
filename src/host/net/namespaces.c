/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/net/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/fileio.h"
#include "base/text.h"
#include "host/process/progress.h"
#include "host/process/process.h"

/* The same bound as for /proc/self/mountinfo in host/in_use/disk.c. */
#define MOUNTS_MAX (16 << 20)

struct visit {
	const char *proc;
	net_namespace_fn *visit;
	void *context;
	int home;
	ino_t *seen; /* owned; all inodes are of one file system, nsfs */
	size_t count;
};

static int note(struct visit *v, ino_t inode, struct error *err)
{
	if (!ARRAY_APPEND(v->seen, v->count, inode))
		return error_set(err, ENOMEM, "cannot list network namespaces");
	return 0;
}

static bool is_seen(const struct visit *v, ino_t inode)
{
	for (size_t i = 0; i < v->count; i++) {
		if (v->seen[i] == inode)
			return true;
	}
	return false;
}

static int enter(const struct visit *v, int namespace, struct error *err)
{
	int rc;

	/* EINVAL: something else is mounted over the path. */
	if (setns(namespace, CLONE_NEWNET) < 0)
		return errno == EPERM || errno == EINVAL
			       ? 0
			       : error_set(err, errno, "cannot enter a network namespace");
	rc = v->visit(v->home, v->context, err);
	if (setns(v->home, CLONE_NEWNET) < 0)
		return error_set(err, errno, "cannot return to the network namespace of this process");
	return rc;
}

/* Skips paths that have disappeared. */
static int visit_path(struct visit *v, const char *path, struct error *err)
{
	CLEANUP_CLOSE int namespace = -1;
	struct stat info;

	if (stat(path, &info) < 0 || is_seen(v, info.st_ino))
		return 0;
	namespace = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (namespace < 0 || fstat(namespace, &info) < 0 || is_seen(v, info.st_ino))
		return 0;
	if (note(v, info.st_ino, err) < 0)
		return -1;
	return enter(v, namespace, err);
}

static int visit_processes(struct visit *v, pid_t *silent, struct error *err)
{
	CLEANUP_DIR DIR *dir = opendir(v->proc);
	const struct dirent *entry;
	char path[PATH_MAX];
	int rc;

	if (!dir)
		return error_set(err, errno, "cannot read %s", v->proc);
	do {
		pid_t pid;

		rc = directory_next(dir, &entry, err);
		pid = rc == 0 && entry ? process_entry_pid(entry->d_name) : 0;
		if (pid == 0)
			continue;
		if (progress_at_process(pid)) {
			*silent = pid;
			continue;
		}
		snprintf(path, sizeof(path), "%s/%d/ns/net", v->proc, (int)pid);
		rc = visit_path(v, path, err);
	} while (rc == 0 && entry);
	return rc;
}

/*
 * The fourth word is the mounted part of the file system, "net:[NUMBER]", and the fifth is the mount point
 * (proc(5)). Mount points with blanks, which would be escaped, hold no namespaces.
 */
static int visit_mounted(struct visit *v, struct error *err)
{
	static const char kind[] = "net:[";
	CLEANUP_FREE char *mounts = NULL;
	char path[PATH_MAX];
	int rc = 0;

	(void)progress_at_other(0);
	snprintf(path, sizeof(path), "%s/self/mountinfo", v->proc);
	if (read_file_at(AT_FDCWD, path, MOUNTS_MAX, &mounts, NULL, err) < 0)
		return -1;
	for (const char *line = mounts; *line && rc == 0; line = next_line(line)) {
		const char *root = word_at(line, 3), *point = word_at(line, 4);

		if (strncmp(root, kind, strlen(kind)) != 0 ||
		    is_seen(v, (ino_t)strtoull(root + strlen(kind), NULL, 10)))
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(point, " \t\n"), point);
		rc = visit_path(v, path, err);
	}
	return rc;
}

int net_namespaces_visit(const char *proc, net_namespace_fn *visit, void *context, pid_t *silent,
			 struct error *err)
{
	struct visit v = { .proc = proc, .visit = visit, .context = context };
	CLEANUP_CLOSE int home = -1;
	char path[PATH_MAX];
	struct stat info;
	int rc;

	*silent = 0;
	snprintf(path, sizeof(path), "%s/self/ns/net", proc);
	home = open(path, O_RDONLY | O_CLOEXEC);
	if (home < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot open %s", path);
	if (fstat(home, &info) < 0)
		return error_set(err, errno, "cannot read %s", path);
	v.home = home;
	rc = note(&v, info.st_ino, err);
	if (rc == 0)
		rc = visit_processes(&v, silent, err);
	if (rc == 0)
		rc = visit_mounted(&v, err);
	free(v.seen);
	return rc;
}
