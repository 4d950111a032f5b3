/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/node_holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/fileio.h"
#include "host/process/progress.h"
#include "host/process/process.h"

/* The state of a search while it walks the directories. */
struct search {
	int proc;
	const struct node *nodes;
	size_t count;
	node_found_fn *found;
	void *context;
	struct node_holder holder; /* the process that is being inspected */
};

/* The kernel does not escape this text, and a process may set it to any bytes. */
static void copy_printable(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; from[n] && from[n] != '\n' && n + 1 < size; n++)
		to[n] = from[n] >= 0x20 && from[n] < 0x7f ? from[n] : '?';
	to[n] = '\0';
}

static bool is_numbered(const struct node *node)
{
	return node->type == S_IFCHR || node->type == S_IFBLK;
}

static int look_at(int dir, const char *name, struct node *out)
{
	struct statx found;

	if (statx(dir, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_INO, &found) < 0)
		return -1;
	out->type = found.stx_mode & S_IFMT;
	out->device = is_numbered(out) ? makedev(found.stx_rdev_major, found.stx_rdev_minor)
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

void node_numbered(const char *path, mode_t type, dev_t number, struct node *out)
{
	*out = (struct node){ .type = type, .device = number };
	snprintf(out->path, sizeof(out->path), "%s", path);
}

static bool is_same(const struct node *a, const struct node *b)
{
	return a->type == b->type && a->device == b->device && (is_numbered(a) || a->inode == b->inode);
}

/* ---- one table of descriptors ---------------------------------------------------------------------- */

/* A descriptor that only names the file (O_PATH) does not have the device open (proc(5), /proc/PID/fdinfo).
 */
static bool is_only_named(const struct search *search, const char *table, const char *fd)
{
	static const char key[] = "flags:";
	char path[NODE_WHERE_LEN + 8], text[256];
	const char *flags;

	snprintf(path, sizeof(path), "%sinfo/%.20s", table, fd);
	(void)read_start_at(search->proc, path, text, sizeof(text));
	flags = strstr(text, key);
	return flags && (strtoul(flags + strlen(key), NULL, 8) & O_PATH);
}

static int report(struct search *search, const char *table, const char *fd, const struct node *open_one)
{
	int rc = 0;

	for (size_t i = 0; i < search->count && rc == 0; i++) {
		if (!is_same(&search->nodes[i], open_one))
			continue;
		if (is_only_named(search, table, fd))
			return 0;
		snprintf(search->holder.where, sizeof(search->holder.where), "%.40s/%.20s", table, fd);
		memcpy(search->holder.node, search->nodes[i].path, sizeof(search->holder.node));
		rc = search->found(&search->holder, i, search->context);
	}
	return rc;
}

/* Returns 0 when the process has ended or may not be inspected, otherwise -1. */
static int pass_over(const struct search *search, int code, struct error *err)
{
	if (code == ENOENT || code == ESRCH || code == EACCES || code == EPERM)
		return 0;
	return error_set(err, code, "cannot see what process %d has open", (int)search->holder.pid);
}

/* Returns 0, with *out NULL when the directory is skipped, or -1. */
static int open_below_proc(const struct search *search, const char *path, DIR **out, struct error *err)
{
	*out = opendir_at(search->proc, path);
	return *out ? 0 : pass_over(search, errno, err);
}

/* @table: "1234/fd". A file on a server that is gone cannot be inspected, but it is not a device. */
static int search_file(struct search *search, const char *table, int fds, const char *fd, struct error *err)
{
	struct node open_one;

	if (look_at(fds, fd, &open_one) == 0)
		return report(search, table, fd, &open_one);
	return errno == ENOMEM ? pass_over(search, errno, err) : 0;
}

static int search_table(struct search *search, const char *table, struct error *err)
{
	const struct dirent *entry;
	struct error cause;
	CLEANUP_DIR DIR *fds = NULL;
	int rc = open_below_proc(search, table, &fds, err);

	if (rc < 0 || !fds)
		return rc;
	do {
		if (directory_next(fds, &entry, &cause) < 0) {
			rc = pass_over(search, cause.code, err);
			break;
		}
		if (entry && entry->d_name[0] != '.')
			rc = search_file(search, table, dirfd(fds), entry->d_name, err);
	} while (rc == 0 && entry);
	return rc;
}

/* ---- one process ----------------------------------------------------------------------------------- */

/* Each thread is a link of the directory (fs/proc/base.c, proc_task_getattr), which has two of its own. */
static bool has_threads(const struct search *search, const char *task)
{
	struct statx found;

	return statx(search->proc, task, AT_STATX_DONT_SYNC, STATX_NLINK, &found) == 0 && found.stx_nlink > 3;
}

/* Without kcmp(2) this returns false, and both tables are searched. */
static bool share_descriptors(pid_t a, pid_t b)
{
	return syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0) == 0;
}

/*
 * Searches threads that do not share the descriptor table of the first thread. Either the first thread has
 * ended (pthread_exit), so that /proc/PID/fd is empty, or a thread has unshared its table (CLONE_FILES).
 */
static int search_threads(struct search *search, const char *pid, struct error *err)
{
	pid_t searched = search->holder.pid, thread;
	const struct dirent *entry;
	struct error cause;
	char path[64];
	CLEANUP_DIR DIR *task = NULL;
	int rc;

	snprintf(path, sizeof(path), "%.16s/task", pid);
	if (!has_threads(search, path))
		return 0;
	rc = open_below_proc(search, path, &task, err);
	if (rc < 0 || !task)
		return rc;
	do {
		if (directory_next(task, &entry, &cause) < 0) {
			rc = pass_over(search, cause.code, err);
			break;
		}
		thread = entry ? process_entry_pid(entry->d_name) : 0;
		if (thread == 0 || thread == search->holder.pid || share_descriptors(searched, thread))
			continue;
		snprintf(path, sizeof(path), "%.16s/task/%d/fd", pid, (int)thread);
		rc = search_table(search, path, err);
		searched = thread;
	} while (rc == 0 && entry);
	return rc;
}

static int search_process(struct search *search, const char *pid, struct error *err)
{
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "%.16s/fd", pid);
	rc = search_table(search, path, err);
	return rc == 0 ? search_threads(search, pid, err) : rc;
}

/* ---- all processes --------------------------------------------------------------------------------- */

/* A process that does not answer may have any of the nodes open. */
static int report_all(struct search *search)
{
	int rc = 0;

	search->holder.is_silent = true;
	for (size_t i = 0; i < search->count && rc == 0; i++) {
		memcpy(search->holder.node, search->nodes[i].path, sizeof(search->holder.node));
		rc = search->found(&search->holder, i, search->context);
	}
	search->holder.is_silent = false;
	return rc;
}

int node_holders_each(const char *proc, const struct node *nodes, size_t count, node_found_fn *found,
		      void *context, struct error *err)
{
	struct search search = { .nodes = nodes, .count = count, .found = found, .context = context };
	const struct dirent *entry;
	CLEANUP_DIR DIR *dir = NULL;
	int rc = 0;

	if (count == 0)
		return 0;
	dir = opendir(proc);
	if (!dir)
		return error_set(err, errno, "cannot open %s", proc);
	search.proc = dirfd(dir);
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		search.holder.pid = process_entry_pid(entry->d_name);
		if (search.holder.pid != 0 && search.holder.pid != getpid())
			rc = progress_at_process(search.holder.pid)
				     ? report_all(&search)
				     : search_process(&search, entry->d_name, err);
	}
	return rc;
}

static int take_first(const struct node_holder *holder, size_t index, void *context)
{
	(void)index;
	*(struct node_holder *)context = *holder;
	return 1;
}

int node_holders_find(const char *proc, const struct node *nodes, size_t count, struct node_holder *out,
		      struct error *err)
{
	int rc = node_holders_each(proc, nodes, count, take_first, out, err);

	if (rc <= 0)
		return rc < 0 ? -1 : NODE_HOLDERS_NONE;
	node_holder_name(proc, out);
	return 0;
}

void node_holder_name(const char *proc, struct node_holder *holder)
{
	char path[PATH_MAX], text[64];

	snprintf(path, sizeof(path), "%s/%d/comm", proc, (int)holder->pid);
	copy_printable(holder->command, sizeof(holder->command),
		       read_start_at(AT_FDCWD, path, text, sizeof(text)) ? text : "?");
}

bool node_holder_stays(const char *proc, const struct node_holder *holder, const struct node *node)
{
	char path[PATH_MAX];
	struct node open_one;

	snprintf(path, sizeof(path), "%s/%s", proc, holder->where);
	if (look_at(AT_FDCWD, path, &open_one) < 0)
		return errno != ENOENT && errno != ESRCH;
	return is_same(node, &open_one);
}
