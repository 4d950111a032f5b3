/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In front of libc's own in the wrapper of row b06: says that the limit for locked memory is raised. */
#include <stddef.h>
#include <sys/resource.h>

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
	if (resource != RLIMIT_MEMLOCK)
		return prlimit(0, resource, NULL, limit);
	*limit = (struct rlimit){ 64 << 20, RLIM_INFINITY };
	return 0;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	return resource == RLIMIT_MEMLOCK ? 0 : prlimit(0, resource, limit, NULL);
}
