/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-domain: the only program that connects to libvirt. pcitag executes it for the verbs that need
 * libvirt, as the user who runs them; the hook never does.
 */
#include <signal.h>
#include <sys/stat.h>

#include "base/program.h"
#include "cli/domain/commands.h"

int main(int argc, char *argv[])
{
	standard_fds_fill();
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	return domain_main(argc, argv);
}
