/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does the host use a network interface? */
#ifndef PCITAG_HOST_NET_USE_H
#define PCITAG_HOST_NET_USE_H

#include <ifaddrs.h>

#include "host/net_facts.h"
#include "host/sysfs.h"
#include "host/use_text.h"

/* What the kernel says of all its interfaces at once; {0} is empty. */
struct net_tables {
	struct ifaddrs *addresses; /* owned: getifaddrs(3) */
	char *routes;		   /* owned: proc(5), /proc/net/route */
	char *routes6;		   /* owned: /proc/net/ipv6_route, of all tables */
	struct net_facts facts;	   /* what else there is */
};

/* Reads the tables, unless that was done before. @proc: in production "/proc". */
int net_tables_read(struct net_tables *tables, const char *proc, struct error *err);
void net_tables_clear(struct net_tables *tables);

/*
 * Looks at the interfaces of one device: is one of them up with an address that is more than IPv6
 * link-local, part of a bridge or bond, the base of a VLAN or macvlan, or where a route leads to (kernel:
 * Documentation/ABI/testing/sysfs-class-net; links master and upper_*: net/core/dev.c), or used as
 * host/net_facts.h and host/tcx.h say?
 * @path: their directory in sysfs, called `net`; an empty one says that they are in another network namespace
 * Returns 0, HOST_USED with the clause in @use, or -1.
 */
int net_use(const struct sysfs *sysfs, const struct net_tables *tables, const char *path,
	    char use[static HOST_USE_LEN], struct error *err);

#endif
