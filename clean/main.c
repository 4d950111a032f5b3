/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-clean-nvme: erases the disks of an NVMe controller, and proves it. systemd executes it, as root, for
 * models of the registry that have pcitag-clean-nvme@.service in clean_units.
 */
#include "base/program.h"
#include "cli/clean_nvme.h"

int main(int argc, char *argv[])
{
	program_start();
	return clean_nvme_main(argc, argv);
}
