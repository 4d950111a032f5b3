/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/net/facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/packet_diag.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>
#include <net/if.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/fileio.h"
#include "base/text.h"
#include "host/net/away.h"
#include "host/net/netlink.h"
#include "model/system/packet_filter.h"

#define TABLE_MAX (16 << 20)

void net_facts_clear(struct net_facts *facts)
{
	free(facts->items);
	*facts = (struct net_facts){ 0 };
}

const struct net_fact *net_facts_find(const struct net_facts *facts, unsigned int ifindex)
{
	for (size_t i = 0; ifindex && i < facts->count; i++) {
		if (facts->items[i].ifindex == ifindex)
			return &facts->items[i];
	}
	return NULL;
}

/* Keeps only the first fact of an interface: routers have a million routes. */
int net_facts_add(struct net_facts *facts, unsigned int ifindex, struct error *err, const char *fmt, ...)
{
	struct net_fact *fact;
	va_list args;

	if (ifindex == 0 || net_facts_find(facts, ifindex))
		return 0;
	fact = ARRAY_ADD(facts->items, facts->count);
	if (!fact)
		return error_set(err, ENOMEM, "cannot list what interfaces are used for");
	fact->ifindex = ifindex;
	va_start(args, fmt);
	(void)vsnprintf(fact->text, sizeof(fact->text), fmt, args);
	va_end(args);
	return 0;
}

/* ---- sockets -------------------------------------------------------------------------------- */

static int add_listener(struct net_facts *facts, unsigned int ifindex, unsigned int protocol,
			struct error *err)
{
	if (protocol == ETH_P_ALL)
		return net_facts_add(facts, ifindex, err, "is listened to by a packet socket");
	return net_facts_add(facts, ifindex, err, "is listened to by a packet socket for protocol %04x",
			     protocol);
}

/*
 * Without the attribute, the socket has no filter, or an eBPF filter. An empty attribute means that this
 * process may not see the filter (kernel: net/core/sock_diag.c, sock_diag_put_filterinfo).
 */
static bool is_idle(struct netlink_value attributes, unsigned int protocol)
{
	struct netlink_value filter = netlink_attribute(attributes, PACKET_DIAG_FILTER);

	if (packet_protocol_is_idle(protocol))
		return true;
	if (!filter.at)
		return false;
	return filter.len == 0 ||
	       packet_filter_is_idle(filter.at, filter.len / sizeof(struct sock_filter), protocol);
}

static int take_packet_socket(const void *header, struct netlink_value attributes, void *context,
			      struct error *err)
{
	const struct packet_diag_msg *msg = header;
	struct netlink_value info = netlink_attribute(attributes, PACKET_DIAG_INFO);

	if (info.len < sizeof(struct packet_diag_info) || is_idle(attributes, msg->pdiag_num))
		return 0;
	return add_listener(context, ((const struct packet_diag_info *)info.at)->pdi_index, msg->pdiag_num,
			    err);
}

/* Columns: socket, references, type, protocol (hex), interface (net/packet/af_packet.c, packet_seq_show). */
static int read_packet_table(struct net_facts *facts, const char *proc, struct error *err)
{
	CLEANUP_FREE char *table = NULL;

	if (read_table(proc, "net/packet", TABLE_MAX, &table, err) < 0)
		return -1;
	for (const char *line = table ? next_line(table) : ""; *line; line = next_line(line)) {
		unsigned int protocol = (unsigned int)strtoul(word_at(line, 3), NULL, 16);

		if (!packet_protocol_is_idle(protocol) &&
		    add_listener(facts, (unsigned int)strtoul(word_at(line, 4), NULL, 10), protocol, err) < 0)
			return -1;
	}
	return 0;
}

/* The socket is bound to a queue. Its owner may have attached the XDP program, or may only send. */
static int take_xdp_socket(const void *header, struct netlink_value attributes, void *context,
			   struct error *err)
{
	struct netlink_value info = netlink_attribute(attributes, XDP_DIAG_INFO);

	(void)header;
	if (info.len < sizeof(struct xdp_diag_info))
		return 0;
	return net_facts_add(context, ((const struct xdp_diag_info *)info.at)->ifindex, err,
			     "has an AF_XDP socket");
}

/* ---- links and traffic control --------------------------------------------------------------------- */

static int take_link(const void *header, struct netlink_value attributes, void *context, struct error *err)
{
	const struct ifinfomsg *msg = header;
	struct netlink_value xdp =
		netlink_attribute(netlink_attribute(attributes, IFLA_XDP), IFLA_XDP_ATTACHED);

	if (xdp.len >= 1 && *(const unsigned char *)xdp.at != XDP_ATTACHED_NONE)
		return net_facts_add(context, (unsigned int)msg->ifi_index, err, "has an XDP program");
	/* IFF_PROMISC shows only the setting of an administrator (kernel: net/core/dev.c, dev_get_flags). */
	if (netlink_number(attributes, IFLA_PROMISCUITY, 0) == 0)
		return 0;
	return net_facts_add(context, (unsigned int)msg->ifi_index, err,
			     "receives all packets (is promiscuous)");
}

/*
 * The address of a macvlan in any namespace, while the macvlan is up (kernel: drivers/net/macvlan.c,
 * macvlan_open; net/core/rtnetlink.c, ndo_dflt_fdb_dump, reports the list).
 */
static int take_hardware_address(const void *header, struct netlink_value attributes, void *context,
				 struct error *err)
{
	const struct ndmsg *msg = header;
	struct netlink_value address = netlink_attribute(attributes, NDA_LLADDR);
	const unsigned char *a = address.at;

	if (!(msg->ndm_flags & NTF_SELF) || !(msg->ndm_state & NUD_PERMANENT))
		return 0;
	/* Every interface that is up joins multicast groups. */
	if (address.len != ETH_ALEN || (a[0] & 1))
		return 0;
	return net_facts_add(context, (unsigned int)msg->ndm_ifindex, err,
			     "has a second hardware address, %02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2],
			     a[3], a[4], a[5]);
}

/*
 * The interface of the request. Filters of a block that several interfaces share do not name an interface
 * (kernel: net/sched/cls_api.c, tcf_fill_node).
 */
struct filters {
	struct net_facts *facts;
	unsigned int ifindex;
};

static int take_filter(const void *header, struct netlink_value attributes, void *context, struct error *err)
{
	const struct filters *filters = context;

	(void)header;
	(void)attributes;
	return net_facts_add(filters->facts, filters->ifindex, err, "has a filter of traffic control");
}

static int read_filters(struct net_facts *facts, int ifindex, unsigned int parent, struct error *err)
{
	struct netlink_request request = NETLINK_LIST(NETLINK_ROUTE, RTM_GETTFILTER, tcmsg, RTM_NEWTFILTER,
						      tcmsg, "filters of traffic control", take_filter,
						      .tcm_ifindex = ifindex, .tcm_parent = parent);
	struct filters filters = { facts, (unsigned int)ifindex };

	return netlink_ask(&request, &filters, err);
}

/* Reads the filters on the hooks of a clsact or ingress qdisc. */
static int read_hooks(struct net_facts *facts, int ifindex, struct error *err)
{
	static const unsigned int parents[] = { TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
						TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
						TC_H_MAJ(TC_H_INGRESS) };
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parents) && rc >= 0; i++)
		rc = read_filters(facts, ifindex, parents[i], err);
	return rc < 0 ? -1 : 0;
}

static int take_qdisc(const void *header, struct netlink_value attributes, void *context, struct error *err)
{
	const struct tcmsg *msg = header;
	struct netlink_value offload = netlink_attribute(attributes, TCA_HW_OFFLOAD);
	struct netlink_value kind_value = netlink_attribute(attributes, TCA_KIND);
	const char *kind = kind_value.at;

	if (kind_value.len == 0 || kind[kind_value.len - 1] != '\0')
		return 0;
	if (strcmp(kind, "clsact") == 0 || strcmp(kind, "ingress") == 0)
		return read_hooks(context, msg->tcm_ifindex, err);
	/* Default qdiscs, which are not configured, have no handle and no filters. */
	if (msg->tcm_handle && read_filters(context, msg->tcm_ifindex, msg->tcm_handle, err) < 0)
		return -1;
	/* Drivers offload the default qdisc, mq, without a request. */
	if (offload.len < 1 || !*(const unsigned char *)offload.at || strcmp(kind, "mq") == 0)
		return 0;
	return net_facts_add(context, (unsigned int)msg->tcm_ifindex, err, "has the offloaded qdisc %.32s",
			     kind);
}

/* ---- routes ---------------------------------------------------------------------------------------- */

static int say_route(struct net_facts *facts, unsigned int ifindex, const struct rtmsg *msg,
		     struct netlink_value attributes, struct error *err)
{
	struct netlink_value destination = netlink_attribute(attributes, RTA_DST);
	char text[INET6_ADDRSTRLEN] = "0.0.0.0";

	if (destination.len >= sizeof(struct in_addr))
		(void)inet_ntop(AF_INET, destination.at, text, sizeof(text));
	return net_facts_add(facts, ifindex, err, "carries the route to %s/%u of table %u", text,
			     msg->rtm_dst_len, netlink_number(attributes, RTA_TABLE, msg->rtm_table));
}

/* The main table is read elsewhere. The local table follows from the addresses. */
static int take_route(const void *header, struct netlink_value attributes, void *context, struct error *err)
{
	const struct rtmsg *msg = header;
	struct netlink_value hops = netlink_attribute(attributes, RTA_MULTIPATH);
	const struct rtnexthop *hop = hops.at;
	int left = (int)hops.len, rc;

	if (msg->rtm_type != RTN_UNICAST || (msg->rtm_flags & RTM_F_CLONED))
		return 0;
	rc = say_route(context, netlink_number(attributes, RTA_OIF, 0), msg, attributes, err);
	while (hop && rc == 0 && RTNH_OK(hop, left)) {
		rc = say_route(context, (unsigned int)hop->rtnh_ifindex, msg, attributes, err);
		left -= (int)RTNH_ALIGN(hop->rtnh_len);
		hop = RTNH_NEXT(hop);
	}
	return rc;
}

/* A route may name only a next hop that is an object of its own. */
static int take_nexthop(const void *header, struct netlink_value attributes, void *context, struct error *err)
{
	(void)header;
	return net_facts_add(context, netlink_number(attributes, NHA_OIF, 0), err, "carries the next hop %u",
			     netlink_number(attributes, NHA_ID, 0));
}

/* ---- PPPoE ----------------------------------------------------------------------------------------- */

/* Columns: session, peer, interface (kernel: drivers/net/ppp/pppoe.c, pppoe_seq_show). */
static int read_pppoe(struct net_facts *facts, const char *proc, struct error *err)
{
	CLEANUP_FREE char *table = NULL;
	char name[IF_NAMESIZE];

	if (read_table(proc, "net/pppoe", TABLE_MAX, &table, err) < 0)
		return -1;
	for (const char *line = table ? next_line(table) : ""; *line; line = next_line(line)) {
		const char *word = word_at(line, 2);

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, " \t\n"), word);
		if (net_facts_add(facts, if_nametoindex(name), err, "carries a PPPoE session") < 0)
			return -1;
	}
	return 0;
}

/* ---- all of them ----------------------------------------------------------------------------------- */

static const struct netlink_request packet_sockets =
	NETLINK_LIST(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, packet_diag_req, SOCK_DIAG_BY_FAMILY,
		     packet_diag_msg, "packet sockets", take_packet_socket, .sdiag_family = AF_PACKET,
		     .pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_FILTER);

static const struct netlink_request xdp_sockets =
	NETLINK_LIST(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, xdp_diag_req, SOCK_DIAG_BY_FAMILY, xdp_diag_msg,
		     "AF_XDP sockets", take_xdp_socket, .sdiag_family = AF_XDP, .xdiag_show = XDP_SHOW_INFO);

static const struct netlink_request lists[] = {
	NETLINK_LIST(NETLINK_ROUTE, RTM_GETQDISC, tcmsg, RTM_NEWQDISC, tcmsg, "queueing disciplines",
		     take_qdisc, .tcm_family = AF_UNSPEC),
	NETLINK_LIST(NETLINK_ROUTE, RTM_GETROUTE, rtmsg, RTM_NEWROUTE, rtmsg, "routes", take_route,
		     .rtm_family = AF_INET),
	NETLINK_LIST(NETLINK_ROUTE, RTM_GETNEXTHOP, nhmsg, RTM_NEWNEXTHOP, nhmsg, "next hops", take_nexthop,
		     .nh_family = AF_UNSPEC),
	NETLINK_LIST(NETLINK_ROUTE, RTM_GETNEIGH, ndmsg, RTM_NEWNEIGH, ndmsg, "hardware addresses",
		     take_hardware_address, .ndm_family = PF_BRIDGE),
	/* Last, because the cause of promiscuous mode is the more useful fact. */
	NETLINK_LIST(NETLINK_ROUTE, RTM_GETLINK, ifinfomsg, RTM_NEWLINK, ifinfomsg, "interfaces", take_link,
		     .ifi_family = AF_UNSPEC),
};

int net_facts_read(struct net_facts *facts, const char *proc, struct error *err)
{
	int rc = netlink_ask(&packet_sockets, facts, err);

	if (rc == NETLINK_UNKNOWN)
		rc = read_packet_table(facts, proc, err);
	if (rc < 0 || netlink_ask(&xdp_sockets, facts, err) < 0 || net_away_read(facts, proc, err) < 0 ||
	    read_pppoe(facts, proc, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (netlink_ask(&lists[i], facts, err) < 0)
			return -1;
	}
	return 0;
}
