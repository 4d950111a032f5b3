/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/disk_backing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/fileio.h"
#include "base/text.h"
#include "host/process/worker.h"

#define TABLE_MAX (4 << 20)
#define ATTRIBUTE_LEN 4097

/* Linux: Documentation/admin-guide/devices.txt */
#define LOOP_MAJOR 7

/* Limits for one query that is not answered, and for all queries. */
#define ONE_TIMEOUT_MS 200
#define ALL_TIMEOUT_MS 1000

/* A query for the disk below a device. A worker answers it. */
struct question {
	struct disk_backing backing; /* the disk is set at the end */
	char path[512];		     /* of the loop device's own node, or of the target's backing file */
	dev_t loop;		     /* number of the loop device; 0 for a target */
	bool in_dev;		     /* the backing file is named below /dev */
};

/* Shared with the workers. */
struct answers {
	size_t asked;  /* number of answers; also the index of the query in progress */
	dev_t disks[]; /* 0: no disk */
};

struct inquiry {
	const char *proc;
	struct question *questions; /* owned */
	size_t count;
	struct answers *answers; /* mapped */
};

void disk_backings_clear(struct disk_backings *backings)
{
	free(backings->items);
	*backings = (struct disk_backings){ 0 };
}

static struct question *append(struct inquiry *inquiry, struct error *err)
{
	struct question *added = ARRAY_ADD(inquiry->questions, inquiry->count);

	if (!added)
		(void)error_set(err, ENOMEM, "cannot list what the kernel has open");
	return added;
}

/* ---- possible users of disks ----------------------------------------------------------------------- */

static bool is_in_dev(const char *path)
{
	return strncmp(path, "/dev/", strlen("/dev/")) == 0;
}

/* The kernel's name of the backing file tells whether a device without an answer may be on a disk. */
static bool is_loop_in_dev(const struct sysfs *sysfs, const char *loop)
{
	char attribute[SYSFS_PATH_LEN], file[ATTRIBUTE_LEN];

	snprintf(attribute, sizeof(attribute), "block/%s/loop/backing_file", loop);
	return sysfs_read(sysfs, attribute, file, sizeof(file), NULL) == 0 && is_in_dev(file);
}

/* Major, minor, blocks, name (proc(5), /proc/partitions). */
static int add_loops(const struct sysfs *sysfs, struct inquiry *inquiry, struct error *err)
{
	CLEANUP_FREE char *table = NULL;

	if (read_table(inquiry->proc, "partitions", TABLE_MAX, &table, err) < 0)
		return -1;
	for (const char *line = table; line && *line; line = next_line(line)) {
		const char *name = word_at(line, 3);
		struct question *question;

		if (!word_is(word_at(line, 0), "7") || strncmp(name, "loop", strlen("loop")) != 0)
			continue;
		question = append(inquiry, err);
		if (!question)
			return -1;
		snprintf(question->backing.user, sizeof(question->backing.user), "%.*s",
			 (int)strcspn(name, " \t\n"), name);
		snprintf(question->path, sizeof(question->path), "/dev/%s", question->backing.user);
		question->loop = makedev(LOOP_MAJOR, strtoul(word_at(line, 1), NULL, 10));
		question->in_dev = is_loop_in_dev(sysfs, question->backing.user);
	}
	return 0;
}

/* Paths in configfs of the backing files of targets: @top/<first>/@middle<second>/@attribute. */
static const struct target {
	const char *top, *first, *middle, *attribute;
	const char *key, *end; /* of the path within the attribute's text; "" for all of it */
	const char *name;
} targets[] = {
	{ "kernel/config/nvmet/subsystems", "", "namespaces", "device_path", "", "\n", "NVMe target" },
	{ "kernel/config/target/core", "fileio_", "", "info", "File: ", "  Size: ", "SCSI target" },
};

static int add_target(const struct sysfs *sysfs, struct inquiry *inquiry, const struct target *target,
		      const char *dir, const char *label, struct error *err)
{
	char path[PATH_MAX], text[ATTRIBUTE_LEN];
	struct question *question;
	const char *file;
	int rc;

	if (sysfs_join(path, dir, "enable", err) < 0)
		return -1;
	rc = sysfs_read(sysfs, path, text, sizeof(text), err);
	if (rc != 0 || strcmp(text, "1") != 0)
		return rc < 0 ? -1 : 0;
	if (sysfs_join(path, dir, target->attribute, err) < 0)
		return -1;
	rc = sysfs_read(sysfs, path, text, sizeof(text), err);
	file = rc == 0 ? strstr(text, target->key) : NULL;
	if (!file)
		return rc < 0 ? -1 : 0;
	file += strlen(target->key);
	question = append(inquiry, err);
	if (!question)
		return -1;
	snprintf(question->path, sizeof(question->path), "%s", file);
	if (strstr(question->path, target->end))
		*strstr(question->path, target->end) = '\0';
	snprintf(question->backing.user, sizeof(question->backing.user), "the %s (%.70s)", target->name,
		 label);
	question->in_dev = is_in_dev(question->path);
	return 0;
}

static int add_targets(const struct sysfs *sysfs, struct inquiry *inquiry, const struct target *target,
		       const char *dir, const char *label, bool is_last, struct error *err)
{
	char below[PATH_MAX], middle[PATH_MAX];
	const struct dirent *entry;
	struct error cause = { 0 };
	CLEANUP_DIR DIR *stream = sysfs_opendir(sysfs, dir, &cause);
	int rc = 0;

	if (!stream && cause.code == ENOENT)
		return 0;
	if (!stream)
		return error_set(err, cause.code, "cannot list /sys/%s", dir);
	while (rc == 0 && (rc = directory_next(stream, &entry, err)) == 0 && entry) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    (!is_last && strncmp(entry->d_name, target->first, strlen(target->first)) != 0))
			continue;
		if (sysfs_join(below, dir, entry->d_name, err) < 0 ||
		    (!is_last && target->middle[0] && sysfs_join(middle, below, target->middle, err) < 0))
			rc = -1;
		else if (is_last)
			rc = add_target(sysfs, inquiry, target, below, label, err);
		else
			rc = add_targets(sysfs, inquiry, target, target->middle[0] ? middle : below,
					 entry->d_name, true, err);
	}
	return rc;
}

/* ---- queries --------------------------------------------------------------------------------------- */

/*
 * Opens (O_PATH) the node at @path, in this mount namespace or in that of process 1: a service may have a
 * /dev of its own. Returns the descriptor, with *st filled in, or -1.
 */
static int find_node(const char *proc, const char *path, struct stat *st)
{
	char elsewhere[PATH_MAX];
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0) {
		snprintf(elsewhere, sizeof(elsewhere), "%s/1/root%s", proc, path);
		fd = open(elsewhere, O_PATH | O_CLOEXEC);
	}
	if (fd >= 0 && fstat(fd, st) == 0 && S_ISBLK(st->st_mode))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* Returns the number of the disk below, or 0. */
static dev_t ask(const char *proc, const struct question *question)
{
	struct loop_info64 info = { 0 };
	CLEANUP_CLOSE int plain = -1, fd = -1;
	char self[64];
	struct stat st;

	plain = find_node(proc, question->path, &st);
	if (plain < 0 || !question->loop)
		return plain < 0 ? 0 : st.st_rdev;
	if (st.st_rdev != question->loop)
		return 0;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", plain);
	fd = open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	/* linux/kdev_t.h, new_encode_dev(), has the same encoding as dev_t here. */
	return fd >= 0 && ioctl(fd, LOOP_GET_STATUS64, &info) == 0 ? (dev_t)info.lo_rdevice : 0;
}

static int ask_all(const void *arg, struct error *err)
{
	const struct inquiry *inquiry = arg;
	struct answers *answers = inquiry->answers;

	(void)err;
	while (answers->asked < inquiry->count) {
		dev_t disk = ask(inquiry->proc, &inquiry->questions[answers->asked]);

		answers->disks[answers->asked] = disk;
		__atomic_store_n(&answers->asked, answers->asked + 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

/* A query that is not answered blocks its worker; the next worker continues after it. */
static int await_answers(struct inquiry *inquiry, struct error *err)
{
	struct deadline deadline = deadline_in(ALL_TIMEOUT_MS);

	for (;;) {
		const struct question *silent;
		struct worker worker;
		size_t before = inquiry->answers->asked;
		int rc = worker_start(&worker, ask_all, inquiry, err);

		if (rc == 0)
			rc = worker_wait(&worker, deadline_in(ONE_TIMEOUT_MS), err);
		if (rc != WORKER_STUCK)
			return rc;
		/* It may be slow only: late answers would mix with those of the next worker. */
		(void)kill(worker.pid, SIGKILL);
		if (inquiry->answers->asked > before)
			continue;
		silent = &inquiry->questions[before];
		if (silent->in_dev || deadline_left(deadline) == 0)
			return error_set(err, ETIMEDOUT, "%s does not say which disk it uses",
					 silent->backing.user);
		inquiry->answers->disks[before] = 0;
		inquiry->answers->asked = before + 1;
	}
}

static int inquire(struct inquiry *inquiry, struct disk_backings *out, struct error *err)
{
	size_t size = sizeof(*inquiry->answers) + inquiry->count * sizeof(inquiry->answers->disks[0]);
	int rc;

	inquiry->answers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (inquiry->answers == MAP_FAILED)
		return error_set(err, errno, "cannot list what the kernel has open");
	rc = await_answers(inquiry, err);
	for (size_t i = 0; i < inquiry->count && rc == 0; i++) {
		struct disk_backing *backing = &inquiry->questions[i].backing;

		backing->disk = inquiry->answers->disks[i];
		if (backing->disk && !ARRAY_APPEND(out->items, out->count, *backing))
			rc = error_set(err, ENOMEM, "cannot list what the kernel has open");
	}
	(void)munmap(inquiry->answers, size);
	return rc;
}

int disk_backings_find(const struct sysfs *sysfs, const char *proc, struct disk_backings *out,
		       struct error *err)
{
	struct inquiry inquiry = { .proc = proc };
	int rc = add_loops(sysfs, &inquiry, err);

	*out = (struct disk_backings){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(targets) && rc == 0; i++)
		rc = add_targets(sysfs, &inquiry, &targets[i], targets[i].top, "", false, err);
	if (rc == 0 && inquiry.count)
		rc = inquire(&inquiry, out, err);
	free(inquiry.questions);
	return rc;
}
