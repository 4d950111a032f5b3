/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/program.h"

#include <fcntl.h>
#include <unistd.h>

void standard_fds_fill(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}
