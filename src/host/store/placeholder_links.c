/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/placeholder_links.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/fileio.h"
#include "host/pci/vfio_group.h"
#include "model/lease/placeholder.h"

#define LINK_PATH_LEN (sizeof(PLACEHOLDER_DEVICE_DIR) + NAME_LEN + REQUEST_LEN + GRANT_LINK_LEN)

/* Another domain of the same owner may remove the empty directory between mkdir() and symlink(). */
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

/* Names the two paths that a placeholder has itself. */
static void name_owner(const struct request *request, struct paths *out)
{
	snprintf(out->owner_dir, sizeof(out->owner_dir), PLACEHOLDER_DIR "%s", request->owner);
	snprintf(out->placeholder, sizeof(out->placeholder), PLACEHOLDER_DIR "%s/%s", request->owner,
		 request->text);
}

static void name_paths(const struct lease *lease, size_t index, struct paths *out)
{
	const struct lease_grant *grant = &lease->grants[index];
	char link[GRANT_LINK_LEN];

	grant_link_format(&grant->addr, grant->functions, &grant->options, link);
	name_owner(&grant->request, out);
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
		/*
		 * A link that a crash left behind may have any target. The lease assigns the name to this
		 * domain.
		 */
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

static int create_without(const struct request *request, struct error *err)
{
	struct paths paths;

	name_owner(request, &paths);
	return make_link(paths.owner_dir, NULL_DEVICE_PATH, paths.placeholder, err);
}

int placeholder_links_create(const struct lease *lease, struct error *err)
{
	if (make_dir(PLACEHOLDER_DIR, err) < 0)
		return -1;
	for (size_t i = 0; i < lease->grant_count; i++) {
		if (create_one(lease, i, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < lease->without_count; i++) {
		if (create_without(&lease->withouts[i], err) < 0)
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

/* A directory that is not empty stays: another domain of this owner still uses it. */
static int remove_dir(const char *path, struct error *err)
{
	if (rmdir(path) < 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
		return error_set(err, errno, "cannot remove the directory %s", path);
	return 0;
}

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Removes the link when its target is @expected or @other, which may be NULL. */
static int remove_own_link(const char *path, const char *expected, const char *other, struct error *err)
{
	char target[LINK_PATH_LEN];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	int cause = n < 0 ? errno : 0;

	if (cause == ENOENT || cause == ENOTDIR || (cause == EINVAL && !is_link(path)))
		return 0;
	if (n < 0)
		return error_set(err, cause, "cannot read the link %s", path);
	target[n] = '\0';
	if (strcmp(target, expected) != 0 && !(other && strcmp(target, other) == 0))
		return 0;
	return remove_link(path, err);
}

/* The link may lead to either node. Which one depends on grants that may have ended since it was created. */
static int remove_device_link(const struct lease_grant *grant, const char *path, struct error *err)
{
	char node[VFIO_GROUP_PATH_LEN];

	return remove_own_link(path, vfio_group_path(grant->group, node), VFIO_CONTAINER_PATH, err);
}

static int remove_withouts(const struct lease *lease, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < lease->without_count; i++) {
		struct paths paths;

		name_owner(&lease->withouts[i], &paths);
		if (remove_own_link(paths.placeholder, NULL_DEVICE_PATH, NULL, rc == 0 ? err : NULL) < 0)
			rc = -1;
		if (remove_dir(paths.owner_dir, rc == 0 ? err : NULL) < 0)
			rc = -1;
	}
	return rc;
}

int placeholder_links_remove(const struct lease *lease, struct error *err)
{
	int rc = remove_withouts(lease, err);

	for (size_t i = 0; i < lease->grant_count; i++) {
		struct paths paths;

		name_paths(lease, i, &paths);
		if (remove_own_link(paths.placeholder, paths.device, NULL, rc == 0 ? err : NULL) < 0)
			rc = -1;
		if (remove_device_link(&lease->grants[i], paths.device, rc == 0 ? err : NULL) < 0)
			rc = -1;
		if (remove_dir(paths.owner_dir, rc == 0 ? err : NULL) < 0)
			rc = -1;
	}
	return rc;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static void owner_link(const struct request *request, char out[static LINK_PATH_LEN])
{
	snprintf(out, LINK_PATH_LEN, PLACEHOLDER_DIR "%s/%s", request->owner, request->text);
}

/* Reads the target of the link of out->request. Returns false when it is not a link of pcitag. */
static bool read_target(struct placeholder *out)
{
	static const char prefix[] = PLACEHOLDER_DEVICE_DIR;
	char path[LINK_PATH_LEN], target[LINK_PATH_LEN];
	ssize_t n;

	owner_link(&out->request, path);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	out->is_without = strcmp(target, NULL_DEVICE_PATH) == 0;
	if (out->is_without)
		return true;
	return strncmp(target, prefix, strlen(prefix)) == 0 &&
	       grant_link_parse(target + strlen(prefix), &out->addr, &out->functions, &out->options) == 0;
}

static int add_placeholder(struct placeholder_list *list, const struct placeholder *placeholder,
			   struct error *err)
{
	if (!ARRAY_APPEND(list->items, list->count, *placeholder))
		return error_set(err, ENOMEM, "cannot list %zu placeholders", list->count + 1);
	return 0;
}

static int list_request(const char *owner, const char *name, struct placeholder_list *list, struct error *err)
{
	struct placeholder found = { 0 };

	if (request_parse(name, found.request.name, &found.request.index) != 0)
		return 0;
	strcpy(found.request.owner, owner);
	strcpy(found.request.text, name); /* a request is never too long */
	return read_target(&found) ? add_placeholder(list, &found, err) : 0;
}

static int list_owner(const char *owner, struct placeholder_list *list, struct error *err)
{
	char path[LINK_PATH_LEN];
	const struct dirent *entry;
	CLEANUP_DIR DIR *dir = NULL;
	int rc = 0;

	snprintf(path, sizeof(path), PLACEHOLDER_DIR "%s", owner);
	dir = opendir(path);
	if (!dir)
		return 0; /* already gone, or not a directory */
	do {
		rc = directory_next(dir, &entry, err);
		if (rc == 0 && entry)
			rc = list_request(owner, entry->d_name, list, err);
	} while (rc == 0 && entry);
	return rc;
}

int placeholder_links_list(struct placeholder_list *out, struct error *err)
{
	CLEANUP_DIR DIR *dir = opendir(PLACEHOLDER_DIR);
	const struct dirent *entry;
	int rc = 0;

	*out = (struct placeholder_list){ 0 };
	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot open " PLACEHOLDER_DIR);
	do {
		rc = directory_next(dir, &entry, err);
		if (rc == 0 && entry && name_valid(entry->d_name) &&
		    strcmp(entry->d_name, PLACEHOLDER_RESERVED_OWNER) != 0)
			rc = list_owner(entry->d_name, out, err);
	} while (rc == 0 && entry);
	return rc;
}

bool placeholder_links_has(const struct placeholder *placeholder)
{
	struct placeholder now = { .request = placeholder->request };

	if (!read_target(&now) || now.is_without != placeholder->is_without)
		return false;
	return now.is_without ||
	       (pci_addr_equal(&now.addr, &placeholder->addr) && now.functions == placeholder->functions &&
		strcmp(now.options.text, placeholder->options.text) == 0);
}

int placeholder_links_remove_one(const struct placeholder *placeholder, struct error *err)
{
	char path[LINK_PATH_LEN];

	owner_link(&placeholder->request, path);
	if (remove_link(path, err) < 0)
		return -1;
	snprintf(path, sizeof(path), PLACEHOLDER_DIR "%s", placeholder->request.owner);
	return remove_dir(path, err);
}
