/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/vfio_group.h"

#include <errno.h>
#include <fcntl.h>

#include "base/deadline.h"

/* Interval between two probes, longer than an open and a close take. */
#define PROBE_PAUSE_MS 5

/* How long a node may exist after its group's last VFIO device is gone. */
#define GOING_MS 100

char *vfio_group_path(int group, char buf[static VFIO_GROUP_PATH_LEN])
{
	snprintf(buf, VFIO_GROUP_PATH_LEN, "/dev/vfio/%d", group);
	return buf;
}

static int probe_once(int group, struct error *err)
{
	char path[VFIO_GROUP_PATH_LEN];
	CLEANUP_CLOSE int fd = open(vfio_group_path(group, path), O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return 0;
	if (errno == EBUSY)
		return VFIO_GROUP_BUSY;
	if (errno == ENOENT)
		return VFIO_GROUP_ABSENT;
	return error_set(err, errno, "cannot open %s", path);
}

/*
 * ENODEV is the answer of a group whose last VFIO device is just being unbound (drivers/vfio/group.c,
 * vfio_group_fops_open: no drivers). Its node is gone in a moment; an answer that lasts is not that.
 */
int vfio_group_probe(int group, struct error *err)
{
	struct deadline deadline = deadline_in(GOING_MS);
	struct error cause;
	int rc;

	while ((rc = probe_once(group, &cause)) < 0 && cause.code == ENODEV && deadline_left(deadline))
		sleep_ms(PROBE_PAUSE_MS);
	return rc < 0 ? error_pass(err, &cause) : rc;
}

bool vfio_group_is_free(int group)
{
	int rc = vfio_group_probe(group, NULL);

	return rc == 0 || rc == VFIO_GROUP_ABSENT;
}

int vfio_group_probe_again(int group, int patience_ms, struct error *err)
{
	struct deadline deadline = deadline_in(patience_ms);
	int rc;

	while ((rc = vfio_group_probe(group, err)) != 0 && rc != VFIO_GROUP_ABSENT && deadline_left(deadline))
		sleep_ms(PROBE_PAUSE_MS);
	return rc;
}
