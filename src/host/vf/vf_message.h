/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The messages of rtnetlink(7) about virtual functions: making requests, and reading the answers of the
 * kernel, as bytes (kernel: net/core/rtnetlink.c, rtnl_fill_vfinfo, do_setvfinfo).
 */
#ifndef PCITAG_HOST_VF_VF_MESSAGE_H
#define PCITAG_HOST_VF_VF_MESSAGE_H

#include <libmnl/libmnl.h>
#include <stdbool.h>

#include "base/error.h"
#include "host/vf/vf_protocol.h"
#include "model/lease/vf_net.h"
#include "model/pci/address.h"

/* Room for a request. */
#define VF_MESSAGE_LEN 256

/* One virtual function, as the driver of its physical function tells it. */
struct vf_state {
	unsigned ifindex; /* of the interface of its physical function */
	char interface[VF_INTERFACE_LEN];
	bool is_up; /* that interface; whether it has a link does not count */
	bool has_parent;
	struct pci_addr parent; /* the PCI function of that interface, from Linux 5.14 on */
	unsigned vf;
	struct vf_net net; /* what the driver tells; what it does not tell is missing */
};

/* Receives one function. Returns 0, or -1 with *err. */
typedef int vf_state_fn(const struct vf_state *state, void *context, struct error *err);

/* Makes the request for all interfaces with their virtual functions, without statistics. Returns it. */
struct nlmsghdr *vf_message_list(char buf[static VF_MESSAGE_LEN]);

/* Makes the request to set the one setting of @net. Returns it. */
struct nlmsghdr *vf_message_set(unsigned ifindex, unsigned vf, const struct vf_net *net,
				char buf[static VF_MESSAGE_LEN]);

/*
 * Calls @take for each virtual function in one message of the answer; a message of another kind, and one that
 * is too short, has none. What cannot be restored counts as not told: a tag of IEEE 802.1ad, and the address
 * of an interface that is not Ethernet.
 * Returns 0, or -1 when @take fails.
 */
int vf_message_read(const struct nlmsghdr *message, vf_state_fn *take, void *context, struct error *err);

#endif
