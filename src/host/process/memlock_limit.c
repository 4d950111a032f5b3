/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process/memlock_limit.h"

#include <errno.h>
#include <sys/resource.h>

#define MIB (1024 * 1024)

static unsigned long long mib(uint64_t bytes)
{
	return bytes / MIB + (bytes % MIB != 0);
}

static int refuse(uint64_t needed, uint64_t found, struct error *err)
{
	return error_set(
		err, 0,
		"the guest's memory cannot be locked for its devices: %llu MiB are needed and the hard "
		"limit is %llu MiB: install pcitag's libvirtd.service.d/pcitag.conf (and "
		"virtqemud.service.d/pcitag.conf), which say LimitMEMLOCK=64M:infinity, then run "
		"'systemctl daemon-reload' and restart that service",
		mib(needed), (unsigned long long)(found / MIB));
}

static bool is_somebodys_reckoning(const struct rlimit *limit, const struct qemu_memlock *wanted)
{
	return limit->rlim_max != RLIM_INFINITY || wanted->is_locked;
}

static bool is_libvirts_own(uint64_t hard, const struct qemu_memlock *wanted)
{
	return wanted->native > 0 && hard >= wanted->native;
}

static int warn(uint64_t needed, uint64_t found, struct error *err)
{
	return error_refuse(
		err, MEMLOCK_LIMIT_SHORT,
		"libvirt set the limit for locked memory to %llu MiB, for the host devices that it knows of; "
		"with the requested ones up to %llu MiB are needed: should QEMU report 'Cannot allocate "
		"memory', write <memtune><hard_limit unit='MiB'>%llu</hard_limit></memtune>",
		(unsigned long long)(found / MIB), mib(needed), mib(needed));
}

int memlock_limit_set(const struct qemu_memlock *wanted, struct error *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return error_set(err, errno, "cannot read the limit for locked memory");
	if (limit.rlim_cur >= wanted->max && is_somebodys_reckoning(&limit, wanted))
		return 0;
	if (limit.rlim_max < wanted->boot && !is_libvirts_own(limit.rlim_max, wanted))
		return refuse(wanted->boot, limit.rlim_max, err);
	if (limit.rlim_max > wanted->max)
		limit.rlim_max = wanted->max;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return error_set(err, errno, "cannot set the limit for locked memory to %llu MiB",
				 mib(limit.rlim_cur));
	return limit.rlim_max < wanted->boot ? warn(wanted->boot, limit.rlim_max, err) : 0;
}
