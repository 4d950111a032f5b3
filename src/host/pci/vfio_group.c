/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/vfio_group.h"

#include <errno.h>
#include <fcntl.h>

#include "base/deadline.h"

/* Interval between two probes, longer than an open and a close take. */
#define PROBE_PAUSE_MS 5

char *vfio_group_path(int group, char buf[static VFIO_GROUP_PATH_LEN])
{
	snprintf(buf, VFIO_GROUP_PATH_LEN, "/dev/vfio/%d", group);
	return buf;
}

int vfio_group_probe(int group, struct error *err)
{
	char path[VFIO_GROUP_PATH_LEN];
	CLEANUP_CLOSE int fd = open(vfio_group_path(group, path), O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return 0;
	if (errno == EBUSY)
		return VFIO_GROUP_BUSY;
	/* ENODEV: the node exists for a moment after the group while its last member is unbound. */
	if (errno == ENOENT || errno == ENODEV)
		return VFIO_GROUP_ABSENT;
	return error_set(err, errno, "cannot open %s", path);
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

	do {
		rc = vfio_group_probe(group, err);
		if (rc == 0 || rc == VFIO_GROUP_ABSENT || deadline_left(deadline) == 0)
			return rc;
		sleep_ms(PROBE_PAUSE_MS);
	} while (true);
}
