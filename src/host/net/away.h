/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interfaces of other network namespaces that are built on an interface of this namespace (VLAN, macvlan,
 * macvtap, ipvlan). sysfs does not show them: the kernel creates upper_* links only within one namespace
 * (kernel: net/core/dev.c, netdev_adjacent_is_neigh_list).
 */
#ifndef PCITAG_HOST_NET_AWAY_H
#define PCITAG_HOST_NET_AWAY_H

#include "host/net/facts.h"

/*
 * Queries two sets of namespaces: each one that a process is in or that is mounted (ip-netns(8)), which this
 * process enters, and each one that has an ID in this namespace (rtnetlink(7): RTM_GETNSID,
 * IFLA_TARGET_NETNSID, Linux 4.20). A namespace has such an ID when an interface has been moved into it from
 * here, or when an interface of this namespace has its other end there. A namespace that the caller may not
 * query or enter (unprivileged) counts as empty, and so does one that has just ended. One that has no ID and
 * that only an open descriptor keeps alive is not found. The caller must have a single thread, because
 * setns(2) moves only the calling thread.
 * @facts: receives the uses; silent: a process that did not answer in an earlier attempt, or in whose
 * namespace that attempt received no answer (host/process/progress.h), or 0. The namespace of such a process
 *         cannot be read
 * @proc: in production "/proc"; without namespaces in it, no namespace is entered
 * Returns 0, or -1 when something cannot be read, or when the home namespace cannot be entered again.
 */
int net_away_read(struct net_facts *facts, const char *proc, struct error *err);

#endif
