/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * eBPF programs of traffic control that are attached to an interface without a queueing discipline (tcx,
 * Linux 6.6). rtnetlink does not show them (kernel: kernel/bpf/tcx.c), bpf(2) does.
 */
#ifndef PCITAG_HOST_TCX_H
#define PCITAG_HOST_TCX_H

#include "base/error.h"

/*
 * Has the interface of this number (of this network namespace) such a program, inwards or outwards? An older
 * kernel, one without tcx or bpf(2), and one that does not tell an unprivileged caller have none.
 * Returns 1, 0, or -1.
 */
int tcx_has_program(unsigned int ifindex, struct error *err);

#endif
