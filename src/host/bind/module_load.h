/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a kernel module with modprobe(8). */
#ifndef PCITAG_HOST_BIND_MODULE_LOAD_H
#define PCITAG_HOST_BIND_MODULE_LOAD_H

#include "base/deadline.h"
#include "base/error.h"

/*
 * Runs /sbin/modprobe @name, in a worker. Success means only that modprobe exited with 0: driver_exists()
 * shows whether the driver exists.
 */
int module_load(const char *name, struct deadline deadline, struct error *err);

#endif
