/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host uses its PCI functions for: the kernel takes a driver away without asking, and with it
 * the disk that is mounted, the interface an administrator is connected through, the console.
 */
#ifndef PCITAG_HOST_HOST_USE_H
#define PCITAG_HOST_HOST_USE_H

#include "base/error.h"
#include "host/sysfs.h"
#include "model/topology.h"

/*
 * Fills in host_use of every endpoint that has a driver of its own: with the first use that is found of a
 * disk, an interface, a console or a node that some process has open, or with "". That logind, a display
 * manager or a login has a keyboard or the like open is told, with is_console_input, when there is no other
 * use at all.
 * @proc: where proc(5) is mounted (in production "/proc"), for mounts, swap, routes, consoles, processes
 * Functions whose group is open are left out: a driver may be letting go of them, and is not to be disturbed.
 * Bounded: a disk that does not answer within 2 s counts as used; so does one that some process still has
 * open 1 s later, for udev, blkid, smartd, udisks and multipathd open disks for a moment. Returns 0 or -1;
 * nothing is changed on the host.
 */
int host_use_scan(const struct sysfs *sysfs, const char *proc, struct topology *topology, struct error *err);

#endif
