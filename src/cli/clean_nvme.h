/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of pcitag-clean-nvme: the address of an NVMe controller. */
#ifndef PCITAG_CLI_CLEAN_NVME_H
#define PCITAG_CLI_CLEAN_NVME_H

/* Returns an exit code (base/program.h). */
int clean_nvme_main(int argc, char *argv[]);

#endif
