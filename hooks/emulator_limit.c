/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "emulator_limit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Returns 0 when the file cannot be read or contains anything other than a number. */
static pid_t read_pid(const char *dir, const char *domain)
{
	char path[PATH_MAX], text[16], *end;
	int len = snprintf(path, sizeof(path), "%s/%s.pid", dir, domain), fd;
	ssize_t n;
	long pid;

	if (strchr(domain, '/') || len >= (int)sizeof(path))
		return 0;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	pid = strtol(text, &end, 10);
	return pid > 1 && pid <= INT_MAX && (*end == '\0' || *end == '\n') ? (pid_t)pid : 0;
}

void emulator_limit_close(const char *dir, const char *domain)
{
	pid_t pid = read_pid(dir, domain);
	struct rlimit limit;

	if (pid == 0 || prlimit(pid, RLIMIT_MEMLOCK, NULL, &limit) != 0)
		return;
	if (limit.rlim_max != RLIM_INFINITY || limit.rlim_cur == RLIM_INFINITY)
		return;
	limit.rlim_max = limit.rlim_cur;
	(void)prlimit(pid, RLIMIT_MEMLOCK, &limit, NULL);
}
