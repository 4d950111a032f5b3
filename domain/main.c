/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-domain: the one program that talks to libvirt. pcitag becomes it for the verbs that need that, as
 * the user who typed them; the hook never does.
 */
#include <signal.h>
#include <sys/stat.h>

#include "base/standard_fds.h"
#include "cli/domain_commands.h"

int main(int argc, char *argv[])
{
	standard_fds_fill();
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	return domain_main(argc, argv);
}
