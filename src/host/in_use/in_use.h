/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Determines what the host uses its PCI functions for. The kernel unbinds a driver without checking for
 * users, which removes the mounted disk, the interface of an administrator's connection, or the console.
 */
#ifndef PCITAG_HOST_IN_USE_IN_USE_H
#define PCITAG_HOST_IN_USE_IN_USE_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

/*
 * Sets host_use of every endpoint that has a driver of its own: to the first use found of a disk, an
 * interface, a console or a node that a process has open, or to "". An open keyboard or the like of logind, a
 * display manager or a login is reported, with is_console_input, only when there is no other use.
 * @proc: where proc(5) is mounted (in production "/proc"), for mounts, swap, routes, consoles, processes
 * Functions whose group is open are skipped: a driver may be releasing them and must not be disturbed.
 * The time is bounded: a disk that does not answer within 2 s counts as used; so does one that a process
 * still has open 1 s later, because udev, blkid, smartd, udisks and multipathd open disks briefly.
 * Returns 0 or -1. Nothing is changed on the host.
 */
int in_use_scan(const struct sysfs *sysfs, const char *proc, struct topology *topology, struct error *err);

#endif
