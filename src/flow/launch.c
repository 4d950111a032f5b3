/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/launch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/process/memlock_limit.h"
#include "host/store/placeholder_read.h"
#include "host/system/emulator_file.h"
#include "model/qemu/argv.h"
#include "model/qemu/emulator.h"

static int launch(const char *emulator, const struct qemu_launch *ready, char *const envp[],
		  struct error *err)
{
	/* Without placeholders the limit is left to libvirt. */
	int rc = ready->placeholders ? memlock_limit_set(&ready->memlock, err) : 0;

	if (rc < 0)
		return -1;
	/* When the guest does not start, libvirt shows the end of the domain's log: this line and QEMU's. */
	if (rc == MEMLOCK_LIMIT_SHORT)
		(void)dprintf(STDERR_FILENO, "pcitag-qemu: %s\n", err->msg);
	execve(emulator, ready->argv, envp);
	if (errno == EACCES)
		return error_set(
			err, errno,
			"cannot run the emulator %s: see whether AppArmor's profile of the domain allows it",
			emulator);
	return error_set(err, errno, "cannot run the emulator %s", emulator);
}

/*
 * Selects the emulator by the name under which the wrapper was run. Any user may run the wrapper, so neither
 * its directory nor anything else on the command line is used.
 */
static int choose_emulator(const struct emulator_places *places, const char *argv0,
			   char emulator[static QEMU_EMULATOR_LEN], struct error *err)
{
	const char *name = qemu_emulator_of_wrapper(argv0);

	if (!name)
		return error_set(err, 0,
				 "this is the QEMU wrapper of pcitag, run as '%.128s': it is run by libvirt, "
				 "through a link that names the emulator; write <emulator>%s/" WRAPPER_PREFIX
				 "qemu-system-x86_64</emulator> in the domain",
				 argv0 ? basename(argv0) : "", places->bindir);
	if (emulator_file_find(places, name, emulator))
		return 0;
	return error_set(err, 0,
			 "the emulator %.128s is not there (looked in %s): install its QEMU package, or "
			 "correct the name in <emulator>",
			 name, places->dirs);
}

int flow_launch(const struct emulator_places *places, char *const argv[], char *const envp[],
		struct error *err)
{
	static const struct qemu_resolver resolver = { .resolve = placeholder_link_resolve };
	char emulator[QEMU_EMULATOR_LEN];
	struct qemu_launch ready;
	int r;

	if (choose_emulator(places, argv[0], emulator, err) < 0)
		return -1;
	r = qemu_argv_rewrite(emulator, argv, &resolver, &ready, err);
	if (r == 0)
		r = launch(emulator, &ready, envp, err);
	qemu_launch_clear(&ready);
	return r;
}
