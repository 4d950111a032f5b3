/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel does with network interfaces that have no address: packet and AF_XDP sockets, routes of all
 * tables, XDP programs, traffic control, PPPoE sessions, what is built on them in other network namespaces.
 */
#ifndef PCITAG_HOST_NET_FACTS_H
#define PCITAG_HOST_NET_FACTS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "host/use_text.h"

/* A use of an interface, as a clause without its name: "has an XDP program". */
#define NET_FACT_LEN 96

struct net_fact {
	unsigned int ifindex;
	char text[NET_FACT_LEN];
};

struct net_facts {
	struct net_fact *items; /* owned */
	size_t count;
	pid_t silent; /* a process that may have an interface on any of these, and does not answer; or 0 */
};

/*
 * Collects them (rtnetlink(7), sock_diag(7), packet(7)), at most one for each interface.
 * @proc: in production "/proc", for what a kernel without packet_diag has instead (/proc/net/packet)
 * Packet sockets of DHCP clients, ARP, LLDP and EAPOL listeners do not count (model/packet_filter.h): they
 * are on every idle cable. Who may not see filters (unprivileged) takes every filter for one of these.
 * A kernel without xdp_diag (CONFIG_XDP_SOCKETS_DIAG) tells no AF_XDP sockets; those that receive have an XDP
 * program. What the unicast addresses of a NIC and its promiscuity have to tell, macvlan.c and
 * net/core/rtnetlink.c of the kernel say.
 * Returns 0 or -1.
 */
int net_facts_read(struct net_facts *facts, const char *proc, struct error *err);
void net_facts_clear(struct net_facts *facts);

/* Adds one, unless the interface has one; interface 0 is none. Returns 0 or -1. */
int net_facts_add(struct net_facts *facts, unsigned int ifindex, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* The first one of an interface, or NULL. */
const struct net_fact *net_facts_find(const struct net_facts *facts, unsigned int ifindex);

#endif
