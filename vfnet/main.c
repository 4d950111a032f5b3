/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-vf-net: the only program that changes network interfaces, which it does for virtual functions alone.
 * The engine and pcitag execute it, as root, when a model of the registry or a domain sets something of them.
 */
#include "base/program.h"
#include "cli/vf_net.h"

int main(int argc, char *argv[])
{
	program_start();
	return vf_net_main(argc, argv);
}
