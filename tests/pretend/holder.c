/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does to a VFIO group what QEMU does: has its node open, and the devices that are named.
 *
 * usage: holder /dev/vfio/N [ADDR...]
 * Prints "ready" when it has everything, and holds it until it is killed. On a real
 * kernel it goes the way of Documentation/driver-api/vfio.rst; on the pretend one, where
 * the node is a regular file, writing the address stands for those ioctls.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "holder: %s: %s\n", what, strerror(errno));
	return 1;
}

static int set_up_container(int group)
{
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);

	if (container < 0)
		return fail("/dev/vfio/vfio");
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
		return fail("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return fail("VFIO_SET_IOMMU");
	return 0;
}

static int get_device(int group, const char *addr, int real)
{
	if (real && ioctl(group, VFIO_GROUP_GET_DEVICE_FD, addr) < 0)
		return fail(addr);
	if (!real && write(group, addr, strlen(addr)) < 0)
		return fail(addr);
	return 0;
}

int main(int argc, char **argv)
{
	struct stat st;
	int group, real;

	if (argc < 2) {
		fprintf(stderr, "usage: holder /dev/vfio/N [ADDR...]\n");
		return 2;
	}
	group = open(argv[1], O_RDWR | O_CLOEXEC);
	if (group < 0 || fstat(group, &st) < 0)
		return fail(argv[1]);
	real = S_ISCHR(st.st_mode);
	if (real && argc > 2 && set_up_container(group) != 0)
		return 1;
	for (int i = 2; i < argc; i++) {
		if (get_device(group, argv[i], real) != 0)
			return 1;
	}
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}
