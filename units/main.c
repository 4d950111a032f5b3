/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-units: the only program that talks to systemd. The engine and pcitag execute it, as root, when a
 * model of the registry names units.
 */
#include "base/program.h"
#include "cli/units.h"

int main(int argc, char *argv[])
{
	program_start();
	return units_main(argc, argv);
}
