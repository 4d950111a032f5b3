/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-engine: the program that the hook (hooks/qemu.c) and pcitag-reconcile.service run. It contains only
 * what a start, an end and their recovery need, so that no library of the command line can prevent a start.
 */
#include "base/program.h"
#include "flow/start/engine.h"

int main(int argc, char *argv[])
{
	program_start();
	return engine_main(argc, argv);
}
