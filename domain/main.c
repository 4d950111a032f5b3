/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-domain: the only program that connects to libvirt. pcitag executes it for the verbs that need
 * libvirt, as the user who runs them; the hook never does.
 */
#include "base/program.h"
#include "cli/domain.h"

int main(int argc, char *argv[])
{
	program_start();
	return domain_main(argc, argv);
}
