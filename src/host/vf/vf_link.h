/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks the kernel about virtual functions of network cards, and sets them (rtnetlink(7)). Both wait for the
 * kernel's lock of all interfaces, and for a driver, for any time, and no signal ends that wait. Only
 * pcitag-vf-net uses it.
 */
#ifndef PCITAG_HOST_VF_VF_LINK_H
#define PCITAG_HOST_VF_VF_LINK_H

#include "host/vf/vf_message.h"

/*
 * Calls @take for each virtual function of each interface of this network namespace. A list that changes
 * meanwhile is requested again, at most three times in total; @take may then receive a function twice.
 * Returns 0 or -1.
 */
int vf_link_list(vf_state_fn *take, void *context, struct error *err);

enum { VF_LINK_REFUSED = 1 };

/* Sets the one setting of @net. Returns 0, VF_LINK_REFUSED with the kernel's reason in *err, or -1. */
int vf_link_set(unsigned ifindex, unsigned vf, const struct vf_net *net, struct error *err);

#endif
