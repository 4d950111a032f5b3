/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This process's limit for locked memory (setrlimit(2), RLIMIT_MEMLOCK), which QEMU inherits. */
#ifndef PCITAG_HOST_PROCESS_MEMLOCK_LIMIT_H
#define PCITAG_HOST_PROCESS_MEMLOCK_LIMIT_H

#include "base/error.h"
#include "model/qemu/memlock.h"

/*
 * Ensures that the guest's memory can be locked, and sets no larger limit than needed.
 * When the soft limit allows wanted->max, it stays unchanged if the hard limit is finite or the guest is
 * locked as a whole. Such a limit is computed by libvirt or set by the administrator (<hostdev>,
 * <hard_limit>, <locked/>), who know the domain better. An infinite limit is the one that the daemon has from
 * etc/memlock.conf. In all other cases, both the soft and the hard limit become wanted->max, as libvirt would
 * set them, or the full hard limit when that is between wanted->boot and wanted->max.
 * A finite limit of at least wanted->native is libvirt's own, for a guest with native host devices. It is
 * used in full and the guest starts with it, even when it is below wanted->boot: libvirt counts by its own
 * rule, and the kernel counts the memory that vDPA pins separately (struct mm_struct: pinned_vm beside VFIO's
 * locked_vm). The function then returns MEMLOCK_LIMIT_SHORT, with advice in @err in case the start fails.
 * Fails when the hard limit is below these values. The error gives both numbers and the file to install.
 */
enum { MEMLOCK_LIMIT_SHORT = 1 };
int memlock_limit_set(const struct qemu_memlock *wanted, struct error *err);

#endif
