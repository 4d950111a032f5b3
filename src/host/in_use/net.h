/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether the host uses a network interface. */
#ifndef PCITAG_HOST_IN_USE_NET_H
#define PCITAG_HOST_IN_USE_NET_H

#include <ifaddrs.h>

#include "model/pci/topology.h"
#include "host/net/facts.h"
#include "host/pci/sysfs.h"

/* The kernel's tables of all interfaces; {0} is empty. A kernel without a protocol has no table of its
 * routes. */
struct net_tables {
	bool are_read;
	struct ifaddrs *addresses; /* owned: getifaddrs(3) */
	char *routes;		   /* owned: proc(5), /proc/net/route */
	char *routes6;		   /* owned: /proc/net/ipv6_route, of all tables */
	struct net_facts facts;	   /* all other uses */
};

/* Reads the tables, unless they have been read before. @proc: in production "/proc". */
int net_tables_read(struct net_tables *tables, const char *proc, struct error *err);
void net_tables_clear(struct net_tables *tables);

/*
 * Checks whether the host uses an interface of one device. An interface is in use when it is up with an
 * address other than an IPv6 link-local one, is part of a bridge or bond, is the base of a VLAN or macvlan,
 * is the target of a route (kernel: Documentation/ABI/testing/sysfs-class-net; links master and upper_*:
 * net/core/dev.c), or has a use that host/net/facts.h or host/net/tcx.h reports.
 * @path: the `net` directory of the device in sysfs; when it is empty, the interfaces are in another network
 *        namespace
 * Returns 0, HOST_USED with the clause in @use, or -1.
 */
int net_use(const struct sysfs *sysfs, const struct net_tables *tables, const char *path,
	    char use[static HOST_USE_LEN], struct error *err);

#endif
