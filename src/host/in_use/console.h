/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether the kernel writes its messages to a serial port. */
#ifndef PCITAG_HOST_IN_USE_CONSOLE_H
#define PCITAG_HOST_IN_USE_CONSOLE_H

#include "base/error.h"
#include "model/pci/topology.h"

/*
 * Searches the list of consoles for @tty ("ttyS4") (proc(5), /proc/consoles: each line begins with a name).
 * @proc: in production "/proc"
 * Returns 0, HOST_USED with the clause in @use, or -1.
 */
int console_use(const char *proc, const char *tty, char use[static HOST_USE_LEN], struct error *err);

#endif
