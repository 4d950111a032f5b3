/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/flow_launch.h"

#include <errno.h>
#include <unistd.h>

#include "host/memlock_limit.h"
#include "host/placeholder_link.h"
#include "model/qemu_argv.h"
#include "model/qemu_emulator.h"

static int launch(const char *emulator, const struct qemu_launch *ready, char *const envp[],
		  struct error *err)
{
	/* Without placeholders the limit is libvirt's business alone. */
	if (ready->placeholders && memlock_limit_set(&ready->memlock, err) < 0)
		return -1;
	execve(emulator, ready->argv, envp);
	if (errno == ENOENT)
		return error_set(
			err, 0,
			"the emulator %s is not there: install its QEMU package, or correct the name "
			"in <emulator>",
			emulator);
	if (errno == EACCES)
		return error_set(err, errno,
				 "cannot run the emulator %s: see whether AppArmor's profile of the domain "
				 "allows it",
				 emulator);
	return error_set(err, errno, "cannot run the emulator %s", emulator);
}

int flow_launch(const char *bindir, char *const argv[], char *const envp[], struct error *err)
{
	static const struct qemu_resolver resolver = { .resolve = placeholder_link_resolve };
	char emulator[QEMU_EMULATOR_LEN];
	struct qemu_launch ready;
	int r;

	if (qemu_emulator_path(argv[0], bindir, emulator, err) < 0)
		return -1;
	r = qemu_argv_rewrite(emulator, argv, &resolver, &ready, err);
	if (r == 0)
		r = launch(emulator, &ready, envp, err);
	qemu_launch_clear(&ready);
	return r;
}
