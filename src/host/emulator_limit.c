/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/emulator_limit.h"

#include <errno.h>
#include <sys/resource.h>

#include "base/compiler.h"
#include "host/emulators.h"

int emulator_open_memlock(const char *uuid, struct error *err)
{
	struct emulator_list emulators;
	struct rlimit limit;
	pid_t pid;

	if (emulators_list(&emulators, err) < 0)
		return -1;
	pid = emulators_find(&emulators, uuid);
	free(emulators.items);
	if (pid == 0)
		return 0;
	if (prlimit(pid, RLIMIT_MEMLOCK, NULL, &limit) < 0)
		return error_set(err, errno, "cannot read the limit for locked memory of process %d",
				 (int)pid);
	if (limit.rlim_max != RLIM_INFINITY || limit.rlim_cur == RLIM_INFINITY)
		return 0;
	limit.rlim_cur = RLIM_INFINITY;
	if (prlimit(pid, RLIMIT_MEMLOCK, &limit, NULL) < 0)
		return error_set(err, errno, "cannot raise the limit for locked memory of process %d",
				 (int)pid);
	return 0;
}
