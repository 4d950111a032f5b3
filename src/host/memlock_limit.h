/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This process's limit for locked memory (setrlimit(2), RLIMIT_MEMLOCK), which QEMU inherits. */
#ifndef PCITAG_HOST_MEMLOCK_LIMIT_H
#define PCITAG_HOST_MEMLOCK_LIMIT_H

#include "base/error.h"
#include "model/qemu_memlock.h"

/*
 * Sees to it that the guest's memory can be locked, and not more.
 * A finite limit that allows wanted->max is left alone, and so is the one of a guest that is locked as a
 * whole: they are libvirt's or the administrator's own reckoning (<hostdev>, <hard_limit>, <locked/>), which
 * knows the domain better. One without end is what the daemon has by etc/memlock.conf. Then soft and hard
 * become wanted->max, as libvirt would have set them, or the whole of a hard limit between wanted->boot and
 * wanted->max.
 * A finite one of at least wanted->native is libvirt's own for a guest with devices of its own. It is used up
 * and the guest tried with it, even below wanted->boot: libvirt counts by a rule of its own, and the kernel
 * counts for itself what vDPA pins (struct mm_struct: pinned_vm beside VFIO's locked_vm).
 * Returns MEMLOCK_LIMIT_SHORT then, with what to write in @err should it not do.
 * Fails when the hard limit is below that, with both numbers and the file to install.
 */
#define MEMLOCK_LIMIT_SHORT 1
int memlock_limit_set(const struct qemu_memlock *wanted, struct error *err);

#endif
