/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In front of libc's own in the wrapper of test_wrapper.bats: the limit for locked memory of a libvirtd with
 * pcitag's drop-in. What is set is told on standard error.
 */
#include <stdio.h>
#include <sys/resource.h>

int getrlimit(__rlimit_resource_t resource, struct rlimit *out)
{
	if (resource != RLIMIT_MEMLOCK)
		return prlimit(0, resource, NULL, out);
	*out = (struct rlimit){ .rlim_cur = 64 << 20, .rlim_max = RLIM_INFINITY };
	return 0;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *in)
{
	if (resource != RLIMIT_MEMLOCK)
		return prlimit(0, resource, in, NULL);
	fprintf(stderr, "memlock %llu MiB, hard %llu MiB\n", (unsigned long long)in->rlim_cur >> 20,
		(unsigned long long)in->rlim_max >> 20);
	return 0;
}
