/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interfaces of other network namespaces that are built on one of this (VLAN, macvlan, macvtap, ipvlan).
 * sysfs shows nothing of them: upper_* links are made within one namespace (kernel: net/core/dev.c,
 * netdev_adjacent_is_neigh_list).
 */
#ifndef PCITAG_HOST_NET_AWAY_H
#define PCITAG_HOST_NET_AWAY_H

#include "host/net_facts.h"

/*
 * Asks each namespace that a process is in or that is mounted, from within (host/net_namespaces.h), and each
 * that has a number here (rtnetlink(7): RTM_GETNSID, IFLA_TARGET_NETNSID, Linux 4.20): it has one when an
 * interface has been moved into it from here, or one of here has its other end there. Who may not ask a
 * namespace (unprivileged) takes it for empty.
 * @proc: in production "/proc"
 * Returns 0 or -1.
 */
int net_away_read(struct net_facts *facts, const char *proc, struct error *err);

#endif
