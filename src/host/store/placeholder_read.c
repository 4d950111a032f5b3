/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/placeholder_read.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "model/lease/domain.h"
#include "model/lease/placeholder.h"

#define GROUP_DIR "/dev/vfio/"
/* The target of a request is the longer of the two. A target that fills the buffer is invalid. */
#define TARGET_LEN (sizeof(PLACEHOLDER_DEVICE_DIR) + GRANT_LINK_LEN)

/* A missing link has the same remedy, whatever the cause. */
#define ADVICE                                                                                            \
	"the pcitag hook did not prepare this start; run 'systemctl reload libvirtd' (or virtqemud), so " \
	"that libvirt sees the hook, and start the domain again"

static int read_link(const char *path, char target[static TARGET_LEN], struct error *err)
{
	ssize_t len = readlink(path, target, TARGET_LEN);

	if (len < 0)
		return error_set(err, errno, "cannot read the link %s", path);
	if (len >= (ssize_t)TARGET_LEN)
		return error_set(err, 0, "the link %s is longer than any of pcitag's", path);
	target[len] = '\0';
	return 0;
}

/*
 * Accepts the node of a group, and the container's node, to which further grants of the same group lead
 * (host/store/placeholder_links.h).
 */
static bool vfio_node(const char *path)
{
	const char *number = path + strlen(GROUP_DIR);
	size_t digits;

	if (strcmp(path, VFIO_CONTAINER_PATH) == 0)
		return true;
	if (strncmp(path, GROUP_DIR, strlen(GROUP_DIR)) != 0)
		return false;
	digits = strspn(number, "0123456789");
	return digits > 0 && digits <= 10 && number[digits] == '\0';
}

/* Number of the null device (kernel: drivers/char/mem.c; Documentation/admin-guide/devices.txt). */
#define NULL_MAJOR 1
#define NULL_MINOR 3

/* What is left out must be nothing: another node at this path was not put there by the kernel. */
static int check_null(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(NULL_DEVICE_PATH, &st) < 0)
		return error_set(err, errno, "cannot look at " NULL_DEVICE_PATH);
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(NULL_MAJOR, NULL_MINOR))
		return 0;
	return error_set(err, 0, "%s leads to " NULL_DEVICE_PATH ", which is not the kernel's null device",
			 path);
}

static int follow(const char *path, struct qemu_grant *out, struct error *err)
{
	char device[TARGET_LEN], node[TARGET_LEN];

	if (read_link(path, device, err) < 0)
		return -1;
	out->is_without = strcmp(device, NULL_DEVICE_PATH) == 0;
	if (out->is_without)
		return check_null(path, err);
	if (strncmp(device, PLACEHOLDER_DEVICE_DIR, strlen(PLACEHOLDER_DEVICE_DIR)) != 0 ||
	    grant_link_parse(device + strlen(PLACEHOLDER_DEVICE_DIR), &out->addr, &out->functions,
			     &out->options) != 0)
		return error_set(err, 0, "%s leads to '%s', not to an address under " PLACEHOLDER_DEVICE_DIR,
				 path, device);
	if (read_link(device, node, err) < 0)
		return -1;
	if (!vfio_node(node))
		return error_set(err, 0, "%s leads to '%s', not to a node of VFIO", device, node);
	return 0;
}

int placeholder_link_resolve(void *context UNUSED, const char *path, struct qemu_grant *out,
			     struct error *err)
{
	struct request request;
	struct error why;

	if (placeholder_parse(path, &request, err) < 0)
		return -1;
	if (follow(path, out, &why) == 0)
		return 0;
	return error_set(err, 0, "no device for request '%s' of '%s': %s: " ADVICE, request.text,
			 request.owner, why.msg);
}
