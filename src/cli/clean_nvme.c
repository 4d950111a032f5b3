/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/clean_nvme.h"

#include "base/program.h"
#include "flow/erase/nvme.h"
#include "flow/paths.h"

int clean_nvme_main(int argc, char *argv[])
{
	struct pci_addr addr;
	struct error err;

	if (argc != 2 || pci_addr_parse(argv[1], &addr) != 0)
		return report_usage_text(
			"pcitag-clean-nvme erases the disks of an NVMe controller, and is run "
			"by pcitag-clean-nvme@ADDRESS.service");
	return flow_erase_nvme(host_paths.sys, &addr, &err) == 0 ? EXIT_DONE : report(&err);
}
