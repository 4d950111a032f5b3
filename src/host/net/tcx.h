/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * eBPF programs of traffic control that are attached to an interface without a queueing discipline (tcx,
 * Linux 6.6). rtnetlink does not show them (kernel: kernel/bpf/tcx.c), but bpf(2) does.
 */
#ifndef PCITAG_HOST_NET_TCX_H
#define PCITAG_HOST_NET_TCX_H

#include "base/error.h"

/*
 * Checks whether the interface with this index, in the current network namespace, has such a program at
 * ingress or egress. An older kernel, a kernel without tcx or bpf(2), and a kernel that does not permit an
 * unprivileged query count as none.
 * Returns 1, 0, or -1.
 */
int tcx_has_program(unsigned int ifindex, struct error *err);

#endif
