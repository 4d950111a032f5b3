/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Uses of network interfaces that need no address: packet and AF_XDP sockets, routes of all tables, XDP
 * programs, traffic control, PPPoE sessions, and interfaces of other network namespaces on them.
 */
#ifndef PCITAG_HOST_NET_FACTS_H
#define PCITAG_HOST_NET_FACTS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/pci/topology.h"

/* A use of an interface, as a clause without the interface's name: "has an XDP program". */
#define NET_FACT_LEN 96

struct net_fact {
	unsigned int ifindex;
	char text[NET_FACT_LEN];
};

struct net_facts {
	struct net_fact *items; /* owned */
	size_t count;
	pid_t silent; /* a process that does not answer and may have an interface on any of these, or 0 */
};

/*
 * Collects the uses (rtnetlink(7), sock_diag(7), packet(7)), at most one for each interface.
 * @proc: in production "/proc", for kernels that have /proc/net/packet but not packet_diag
 * Packet sockets of DHCP clients and of ARP, LLDP and EAPOL listeners do not count
 * (model/system/packet_filter.h), since they exist on every idle link. When the caller may not read filters
 * (unprivileged), each filter counts as one of these. A kernel without xdp_diag (CONFIG_XDP_SOCKETS_DIAG)
 * does not report AF_XDP sockets; those that receive have an XDP program. For what a NIC's unicast addresses
 * and its promiscuity show, see macvlan.c and net/core/rtnetlink.c of the kernel. Returns 0 or -1.
 */
int net_facts_read(struct net_facts *facts, const char *proc, struct error *err);
void net_facts_clear(struct net_facts *facts);

/* Adds a use, unless the interface has one, or is 0, which is not an interface. Returns 0 or -1. */
int net_facts_add(struct net_facts *facts, unsigned int ifindex, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* Returns the first use of an interface, or NULL. */
const struct net_fact *net_facts_find(const struct net_facts *facts, unsigned int ifindex);

#endif
