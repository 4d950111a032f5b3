/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

void program_start(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
}

int report(const struct error *err)
{
	fprintf(stderr, "pcitag: %s\n", err->msg);
	return EXIT_FAILED;
}

int report_usage(const struct error *err)
{
	(void)report(err);
	return EXIT_USAGE;
}
