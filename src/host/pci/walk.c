/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/walk.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/fileio.h"

/* A disk behind five USB hubs behind a VMD is 24 levels deep. */
#define DEPTH_MAX 47

struct walk {
	const struct sysfs *sysfs;
	sysfs_visit_fn *visit;
	void *context;
	char path[PATH_MAX];
	int depth;
};

/* Appends "/<name>" to the path. Returns the previous length, or -1. */
static int enter(struct walk *walk, const char *name, struct error *err)
{
	size_t len = strlen(walk->path);

	if (walk->depth == DEPTH_MAX || len + strlen(name) + 2 > sizeof(walk->path))
		return error_set(err, 0, "cannot look below /sys/%s: too deep", walk->path);
	snprintf(walk->path + len, sizeof(walk->path) - len, "/%s", name);
	walk->depth++;
	return (int)len;
}

/* Fills in is_device and subsystem. */
static int read_entry(const struct walk *walk, struct sysfs_entry *entry, struct error *err)
{
	char path[PATH_MAX];
	int rc = sysfs_join(path, walk->path, "uevent", err);

	if (rc == 0)
		rc = sysfs_find(walk->sysfs, path, err);
	entry->is_device = rc == 0;
	if (rc == 0)
		rc = sysfs_join(path, walk->path, "subsystem", err);
	if (rc == 0)
		rc = sysfs_read_link_name(walk->sysfs, path, entry->subsystem, sizeof(entry->subsystem), err);
	return rc < 0 ? -1 : 0;
}

static int look_at(struct walk *walk, bool parent_is_device, struct error *err);

static int look_at_child(struct walk *walk, const struct dirent *child, bool is_device, struct error *err)
{
	int len, rc;

	if (child->d_type != DT_DIR || child->d_name[0] == '.')
		return 0;
	len = enter(walk, child->d_name, err);
	if (len < 0)
		return -1;
	rc = look_at(walk, is_device, err);
	walk->path[len] = '\0';
	walk->depth--;
	return rc;
}

static int look_below(struct walk *walk, bool is_device, struct error *err)
{
	struct error cause = { 0 };
	CLEANUP_DIR DIR *dir = sysfs_opendir(walk->sysfs, walk->path, &cause);
	const struct dirent *child;
	int rc = 0;

	if (!dir && cause.code == ENOENT)
		return 0;
	if (!dir)
		return error_set(err, cause.code, "cannot list /sys/%s", walk->path);
	while (rc == 0 && (rc = directory_next(dir, &child, err)) == 0 && child)
		rc = look_at_child(walk, child, is_device, err);
	return rc;
}

static int look_at(struct walk *walk, bool parent_is_device, struct error *err)
{
	struct sysfs_entry entry = { .path = walk->path, .name = strrchr(walk->path, '/') + 1 };
	int rc = read_entry(walk, &entry, err);

	if (rc == 0 && !entry.is_device && !parent_is_device)
		return 0;
	if (rc == 0)
		rc = walk->visit(&entry, walk->context, err);
	return rc == 0 ? look_below(walk, entry.is_device, err) : rc;
}

int sysfs_walk(const struct sysfs *sysfs, const char *top, sysfs_visit_fn *visit, void *context,
	       struct error *err)
{
	struct walk walk = { .sysfs = sysfs, .visit = visit, .context = context };

	snprintf(walk.path, sizeof(walk.path), "%s", top);
	return look_at(&walk, false, err);
}
