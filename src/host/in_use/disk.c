/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/fileio.h"
#include "base/text.h"

/* Hosts with thousands of containers have thousands of mounts. */
#define TABLE_MAX (64 << 20)

#define NUMBER_LEN 24
#define DIGITS "0123456789"

void disk_list_clear(struct disk_list *list)
{
	free(list->items);
	*list = (struct disk_list){ 0 };
}

void disk_tables_clear(struct disk_tables *tables)
{
	free(tables->mounts);
	free(tables->swaps);
	*tables = (struct disk_tables){ 0 };
}

int disk_tables_read(struct disk_tables *tables, const char *proc, struct error *err)
{
	char path[PATH_MAX];

	if (tables->mounts)
		return 0;
	if (!tables->swaps && read_table(proc, "swaps", TABLE_MAX, &tables->swaps, err) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/self/mountinfo", proc);
	return read_file_at(AT_FDCWD, path, TABLE_MAX, &tables->mounts, NULL, err);
}

#define NODE_LEN (DISK_NAME_LEN + 8)

/* Returns the path of its node; sysfs writes '!' for a slash (drivers/base/core.c, dev_set_name). */
static char *node_of(const char *disk, char path[static NODE_LEN])
{
	snprintf(path, NODE_LEN, "/dev/%s", disk);
	for (char *c = path + strlen("/dev/"); *c; c++) {
		if (*c == '!')
			*c = '/';
	}
	return path;
}

/* ---- mounts and swap ------------------------------------------------------------------------------- */

/* Copies a word and decodes the octal escapes of blanks, \040 (kernel: fs/proc_namespace.c, mangle). */
static void copy_word(const char *word, char *out, size_t size)
{
	size_t n = 0;

	while (!strchr(" \t\n", *word) && n + 1 < size) {
		if (word[0] == '\\' && strspn(word + 1, "01234567") >= 3) {
			out[n++] = (char)((word[1] - '0') << 6 | (word[2] - '0') << 3 | (word[3] - '0'));
			word += 4;
		} else {
			out[n++] = *word++;
		}
	}
	out[n] = '\0';
}

/*
 * Returns the line of a mount of this disk, or NULL. The third word is the device's number. File systems that
 * span disks (btrfs) have a number of their own there, and name one disk after " - TYPE ".
 */
static const char *find_mount(const char *mounts, const char *number, const char *node)
{
	for (const char *line = mounts; *line; line = next_line(line)) {
		const char *rest = strstr(line, " - ");

		if (word_is(word_at(line, 2), number))
			return line;
		if (rest && rest < next_line(line) && word_is(word_at(rest + 3, 1), node))
			return line;
	}
	return NULL;
}

static bool is_swap(const char *swaps, const char *node)
{
	for (const char *line = swaps; line && *line; line = next_line(line)) {
		if (word_is(line, node))
			return true;
	}
	return false;
}

/* ---- holders --------------------------------------------------------------------------------------- */

/* The UUID of a device-mapper device begins with the prefix of the subsystem that made it (libdevmapper). */
static const char *mapper_kind(const char *uuid)
{
	static const struct {
		const char *prefix, *kind;
	} kinds[] = {
		{ "LVM-", "LVM volume" },
		{ "mpath-", "multipath map" },
		{ "CRYPT-", "encrypted volume" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strncmp(uuid, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return kinds[i].kind;
	}
	return "device-mapper volume";
}

/* Kernel: include/uapi/linux/dm-ioctl.h, DM_NAME_LEN and DM_UUID_LEN. */
#define MAPPER_LEN 130

static int name_holder(const struct sysfs *sysfs, const char *holders, const char *holder, const char *disk,
		       char use[static HOST_USE_LEN], struct error *err)
{
	char mapper[PATH_MAX], attribute[PATH_MAX], name[MAPPER_LEN], uuid[MAPPER_LEN] = "";
	int rc;

	if (sysfs_join(mapper, holders, holder, err) < 0 || sysfs_join(attribute, mapper, "dm/name", err) < 0)
		return -1;
	rc = sysfs_read(sysfs, attribute, name, sizeof(name), err);
	if (rc == SYSFS_ABSENT)
		return use_text(use, "disk %s is part of %s", disk, holder);
	if (rc < 0 || sysfs_join(attribute, mapper, "dm/uuid", err) < 0 ||
	    sysfs_read(sysfs, attribute, uuid, sizeof(uuid), err) < 0)
		return -1;
	return use_text(use, "disk %s is part of the %s %s", disk, mapper_kind(uuid), name);
}

static int find_holder(const struct sysfs *sysfs, const char *path, const char *disk,
		       char use[static HOST_USE_LEN], struct error *err)
{
	char holders[PATH_MAX];
	const struct dirent *entry;
	struct error cause;
	CLEANUP_DIR DIR *dir = NULL;
	int rc = 0;

	if (sysfs_join(holders, path, "holders", err) < 0)
		return -1;
	dir = sysfs_opendir(sysfs, holders, &cause);
	if (!dir)
		return cause.code == ENOENT ? 0 : error_pass(err, &cause);
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (entry->d_name[0] != '.')
			rc = name_holder(sysfs, holders, entry->d_name, disk, use, err);
	}
	return rc;
}

/* ---- one disk -------------------------------------------------------------------------------------- */

static int remember(struct disk_list *list, const char *name, dev_t number, struct error *err)
{
	struct disk *disk = ARRAY_ADD(list->items, list->count);

	if (!disk)
		return error_set(err, ENOMEM, "cannot list %zu disks", list->count + 1);
	disk->number = number;
	snprintf(disk->name, sizeof(disk->name), "%s", name);
	return 0;
}

int disk_use(const struct sysfs *sysfs, const struct disk_tables *tables, const char *path, const char *name,
	     struct disk_list *list, char use[static HOST_USE_LEN], struct error *err)
{
	char text[NUMBER_LEN], node[NODE_LEN], where[HOST_USE_LEN];
	const char *mount;
	dev_t number;
	int rc = sysfs_read_device_number(sysfs, path, &number, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	snprintf(text, sizeof(text), "%u:%u", major(number), minor(number));
	mount = find_mount(tables->mounts, text, node_of(name, node));
	if (mount) {
		copy_word(word_at(mount, 4), where, sizeof(where));
		return use_text(use, "disk %s is mounted on %s", name, where);
	}
	if (is_swap(tables->swaps, node))
		return use_text(use, "disk %s is swap space", name);
	rc = find_holder(sysfs, path, name, use, err);
	return rc == 0 ? remember(list, name, number, err) : rc;
}

int disk_multipath_head(const char *name, char head[static DISK_NAME_LEN])
{
	static const char prefix[] = "nvme";
	const char *controller, *space;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return 1;
	controller = name + strlen(prefix) + strspn(name + strlen(prefix), DIGITS);
	if (*controller != 'c')
		return 1;
	space = controller + 1 + strspn(controller + 1, DIGITS);
	if (*space != 'n' || space[1 + strspn(space + 1, DIGITS)] != '\0')
		return 1;
	snprintf(head, DISK_NAME_LEN, "%.*s%s", (int)(controller - name), name, space);
	return 0;
}

/* ---- claims ---------------------------------------------------------------------------------------- */

/* Errors that mean that the disk is gone or that this process may not open it: neither shows a use. */
static bool is_no_sign(int code)
{
	return code == ENOENT || code == ENXIO || code == ENODEV || code == ENOMEDIUM || code == EACCES ||
	       code == EPERM;
}

/* Returns 0, or the errno of opening this disk: EBUSY when it is claimed. */
static int ask_for_claim(const struct disk *disk)
{
	CLEANUP_CLOSE int plain = -1, fd = -1;
	char path[NODE_LEN];
	struct stat node;

	node_of(disk->name, path);
	plain = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (plain < 0 || fstat(plain, &node) < 0)
		return is_no_sign(errno) ? 0 : errno;
	if (!S_ISBLK(node.st_mode) || node.st_rdev != disk->number)
		return 0;
	/* O_NONBLOCK: does not wait for a medium. */
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 || is_no_sign(errno) ? 0 : errno;
}

/*
 * Runs in a worker. Fails for the first claimed disk. Searches backwards: a claimed partition makes its disk
 * busy as well, and follows it in the list.
 */
static int find_claimed(const void *arg, struct error *err)
{
	const struct disk_list *list = arg;

	for (size_t i = list->count; i-- > 0;) {
		const char *name = list->items[i].name;
		int code = ask_for_claim(&list->items[i]);

		if (code == EBUSY)
			return error_set(err, code, "disk %s is claimed (another mount namespace, ZFS, ...)",
					 name);
		if (code != 0)
			return error_set(err, code, "disk %s cannot be opened", name);
	}
	return 0;
}

int disk_claim_start(struct worker *worker, const struct disk_list *list, struct error *err)
{
	return worker_start(worker, find_claimed, list, err);
}

int disk_claim_wait(struct worker *worker, struct deadline deadline, char use[static HOST_USE_LEN],
		    struct error *err)
{
	struct error answer = { 0 };
	int rc = worker_wait(worker, deadline, &answer);

	if (rc == 0)
		return 0;
	if (rc == WORKER_STUCK)
		return use_text(use, "a disk of it does not answer; process %d still waits to open it",
				(int)worker->pid);
	if (answer.code != 0)
		return use_text(use, "%s", answer.msg);
	return error_pass(err, &answer);
}
