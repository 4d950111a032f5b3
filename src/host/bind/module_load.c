/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bind/module_load.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

#include "host/process/worker.h"

#define MODPROBE "/sbin/modprobe"

static int run_modprobe(const void *arg, struct error *err)
{
	const char *name = arg;
	char *argv[] = { (char *)"modprobe", (char *)"--", (char *)name, NULL };
	char *envp[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C", NULL };
	pid_t pid;
	int status;
	int code = posix_spawn(&pid, MODPROBE, NULL, NULL, argv, envp);

	if (code)
		return error_set(err, code, "cannot run " MODPROBE);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set(err, errno, "cannot wait for " MODPROBE);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, 0, MODPROBE " %s failed", name);
	return 0;
}

int module_load(const char *name, struct deadline deadline, struct error *err)
{
	struct worker worker;
	int rc;

	if (worker_start(&worker, run_modprobe, name, err) < 0)
		return -1;
	rc = worker_wait(&worker, deadline, err);
	if (rc == WORKER_STUCK)
		return error_set(err, ETIMEDOUT, MODPROBE " %s does not come back", name);
	return rc;
}
