/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much memory a running emulator may lock. */
#ifndef PCITAG_HOST_EMULATOR_LIMIT_H
#define PCITAG_HOST_EMULATOR_LIMIT_H

#include "base/error.h"

/*
 * Opens the soft limit for locked memory of the emulator of @uuid when its hard limit is open, as the drop-in
 * etc/memlock.conf makes it: VFIO pins all of the guest's memory (vfio_dma_map fails with ENOMEM otherwise),
 * and libvirt, which raises the limit when it plugs in a host device, looks at the hard one alone and leaves
 * this one as it is (libvirt: src/util/virprocess.c, virProcessGetMaxMemLock). The emulator may do the same
 * by itself, so nothing is permitted that was not.
 * No emulator is no failure: libvirt will say so.
 */
int emulator_open_memlock(const char *uuid, struct error *err);

#endif
