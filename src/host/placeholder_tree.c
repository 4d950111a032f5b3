/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/placeholder_tree.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "host/vfio_group.h"
#include "model/grant_link.h"

#define LINK_PATH_LEN (sizeof(PLACEHOLDER_DEVICE_DIR) + NAME_LEN + REQUEST_LEN + GRANT_LINK_LEN)

/* Another domain of the same owner may remove the empty directory between our mkdir and symlink. */
#define RACE_RETRIES 8

struct paths {
	char owner_dir[LINK_PATH_LEN];
	char placeholder[LINK_PATH_LEN];
	char device[LINK_PATH_LEN];
	char node[VFIO_GROUP_PATH_LEN];
};

static bool is_first_of_group(const struct lease *lease, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (lease->grants[i].group == lease->grants[index].group)
			return false;
	}
	return true;
}

static void name_paths(const struct lease *lease, size_t index, struct paths *out)
{
	const struct lease_grant *grant = &lease->grants[index];
	char link[GRANT_LINK_LEN];

	grant_link_format(&grant->addr, grant->functions, link);
	snprintf(out->owner_dir, sizeof(out->owner_dir), PLACEHOLDER_DIR "%s", grant->request.owner);
	snprintf(out->placeholder, sizeof(out->placeholder), PLACEHOLDER_DIR "%s/%s", grant->request.owner,
		 grant->request.text);
	snprintf(out->device, sizeof(out->device), PLACEHOLDER_DEVICE_DIR "%s", link);
	if (is_first_of_group(lease, index))
		vfio_group_path(grant->group, out->node);
	else
		strcpy(out->node, VFIO_CONTAINER_PATH);
}

static int make_dir(const char *path, struct error *err)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot create %s", path);
	return 0;
}

static int make_link(const char *dir, const char *target, const char *path, struct error *err)
{
	for (int i = 0; i < RACE_RETRIES; i++) {
		if (make_dir(dir, err) < 0)
			return -1;
		if (symlink(target, path) == 0)
			return 0;
		/* A link left by a crash points who knows where; the lease gives the name to us. */
		if (errno == EEXIST && unlink(path) < 0 && errno != ENOENT)
			break;
	}
	return error_set(err, errno, "cannot create the link %s", path);
}

static int create_one(const struct lease *lease, size_t index, struct error *err)
{
	struct paths paths;

	name_paths(lease, index, &paths);
	if (make_link(PLACEHOLDER_DEVICE_DIR, paths.node, paths.device, err) < 0)
		return -1;
	return make_link(paths.owner_dir, paths.device, paths.placeholder, err);
}

int placeholder_tree_create(const struct lease *lease, struct error *err)
{
	if (make_dir(PLACEHOLDER_DIR, err) < 0)
		return -1;
	for (size_t i = 0; i < lease->grant_count; i++) {
		if (create_one(lease, i, err) < 0)
			return -1;
	}
	return 0;
}

static int remove_link(const char *path, struct error *err)
{
	if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		return error_set(err, errno, "cannot remove the link %s", path);
	return 0;
}

int placeholder_tree_remove(const struct lease *lease, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < lease->grant_count; i++) {
		struct paths paths;

		name_paths(lease, i, &paths);
		if (remove_link(paths.placeholder, rc == 0 ? err : NULL) < 0)
			rc = -1;
		if (remove_link(paths.device, rc == 0 ? err : NULL) < 0)
			rc = -1;
		/* Not empty: another domain of this owner is still using it. */
		(void)rmdir(paths.owner_dir);
	}
	return rc;
}
